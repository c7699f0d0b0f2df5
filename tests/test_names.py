"""Names: taken apart as they stand in lists, and called as a native speaker calls them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcrm.languages import LANGUAGES
from sheetcrm.languages.names import Name, Person, call_name, salutation, split_name
from sheetcrm.languages.polish import vocative

# nominative vocative
POLISH = """
    Anna Anno, Maria Mario, Katarzyna Katarzyno, Małgorzata Małgorzato, Agnieszka Agnieszko, Barbara
    Barbaro, Ewa Ewo, Krystyna Krystyno, Elżbieta Elżbieto, Magdalena Magdaleno, Joanna Joanno, Zofia
    Zofio, Aleksandra Aleksandro, Monika Moniko, Teresa Tereso, Danuta Danuto, Natalia Natalio, Julia
    Julio, Karolina Karolino, Marta Marto, Beata Beato, Dorota Doroto, Jadwiga Jadwigo, Janina Janino,
    Alicja Alicjo, Jolanta Jolanto, Grażyna Grażyno, Iwona Iwono, Paulina Paulino, Justyna Justyno,
    Renata Renato, Halina Halino, Irena Ireno, Bożena Bożeno, Wiktoria Wiktorio, Urszula Urszulo, Sylwia
    Sylwio, Edyta Edyto, Patrycja Patrycjo, Weronika Weroniko, Izabela Izabelo, Gabriela Gabrielo, Aneta
    Aneto, Lidia Lidio, Emilia Emilio, Oliwia Oliwio, Amelia Amelio, Hanna Hanno, Lena Leno, Maja Maju,
    Kinga Kingo, Olga Olgo, Stefania Stefanio, Stanisława Stanisławo, Eugenia Eugenio, Kazimiera
    Kazimiero, Czesława Czesławo, Wanda Wando, Genowefa Genowefo, Antonina Antonino, Milena Mileno,
    Dominika Dominiko, Angelika Angeliko, Marzena Marzeno, Ilona Ilono, Bogumiła Bogumiło, Klaudia
    Klaudio, Michalina Michalino, Nadia Nadio, Nikola Nikolo, Kornelia Kornelio, Łucja Łucjo, Felicja
    Felicjo, Kamila Kamilo, Marlena Marleno, Roksana Roksano, Ludmiła Ludmiło, Aniela Anielo, Apolonia
    Apolonio, Antonia Antonio, Ksenia Ksenio, Melania Melanio, Agata Agato, Iga Igo, Ida Ido, Róża Różo,
    Jagoda Jagodo, Ania Aniu, Hania Haniu, Kasia Kasiu, Basia Basiu, Asia Asiu, Gosia Gosiu, Zosia
    Zosiu, Tosia Tosiu, Marysia Marysiu, Gabrysia Gabrysiu, Ola Olu, Ela Elu, Ula Ulu, Ala Alu, Jola
    Jolu, Wiola Wiolu, Mariola Mariolo, Jadzia Jadziu, Madzia Madziu, Zuzia Zuziu, Renia Reniu, Sonia
    Soniu, Anka Anko, Iza Izo, Karmen Karmen, Noemi Noemi, Miriam Miriam, Zuzanna Zuzanno, Olena Oleno,
    Oksana Oksano, Iryna Iryno, Jan Janie, Adam Adamie, Piotr Piotrze, Krzysztof Krzysztofie, Stanisław
    Stanisławie, Andrzej Andrzeju, Tomasz Tomaszu, Paweł Pawle, Marcin Marcinie, Michał Michale, Marek
    Marku, Jacek Jacku, Grzegorz Grzegorzu, Jerzy Jerzy, Tadeusz Tadeuszu, Łukasz Łukaszu, Zbigniew
    Zbigniewie, Ryszard Ryszardzie, Dariusz Dariuszu, Henryk Henryku, Mariusz Mariuszu, Kazimierz
    Kazimierzu, Wojciech Wojciechu, Robert Robercie, Mateusz Mateuszu, Marian Marianie, Rafał Rafale,
    Jakub Jakubie, Kamil Kamilu, Maciej Macieju, Janusz Januszu, Zdzisław Zdzisławie, Jarosław
    Jarosławie, Mirosław Mirosławie, Dawid Dawidzie, Artur Arturze, Damian Damianie, Sebastian
    Sebastianie, Kacper Kacprze, Patryk Patryku, Daniel Danielu, Karol Karolu, Roman Romanie, Antoni
    Antoni, Ignacy Ignacy, Leszek Leszku, Sławomir Sławomirze, Waldemar Waldemarze, Bartosz Bartoszu,
    Szymon Szymonie, Filip Filipie, Dominik Dominiku, Hubert Hubercie, Konrad Konradzie, Przemysław
    Przemysławie, Władysław Władysławie, Zygmunt Zygmuncie, Edward Edwardzie, Eugeniusz Eugeniuszu,
    Ernest Erneście, August Auguście, Olaf Olafie, Feliks Feliksie, Denis Denisie, Lech Lechu, Oskar
    Oskarze, Wiktor Wiktorze, Igor Igorze, Błażej Błażeju, Sylwester Sylwestrze, Aleksander Aleksandrze,
    Włodzimierz Włodzimierzu, Cezary Cezary, Bogdan Bogdanie, Józef Józefie, Kuba Kubo, Maciek Maćku,
    Krzysiek Krzyśku, Wojtek Wojtku, Tomek Tomku, Bartek Bartku, Staś Stasiu, Krzyś Krzysiu, Jaś Jasiu,
    Franio Franiu, Kazio Kaziu, Bruno Bruno, Emil Emilu, Benedykt Benedykcie, Oliwier Oliwierze, Eryk
    Eryku, Oleg Olegu, Andrij Andriju
"""

UKRAINIAN = """
    Олена Олено, Ірина Ірино, Наталія Наталіє, Наталя Наталю, Марія Маріє, Ольга Ольго, Любов Любове,
    Надія Надіє, Юлія Юліє, Дар'я Дар'є, Зоя Зоє, Леся Лесю, Оленка Оленко, Анна-Марія Анно-Маріє,
    Ніколь Ніколь, Олександр Олександре, Андрій Андрію, Ігор Ігорю, Олег Олегу, Петро Петре, Микола
    Миколо, Ілля Ілле, Яків Якове, Федір Федоре, Лев Леве, Сашко Сашку, Василь Василю, Михайло Михайле
"""


def pairs(text: str) -> list[tuple[str, str]]:
    return [(a, b) for a, b in (pair.split() for pair in text.split(","))]


@pytest.mark.parametrize(("name", "called"), pairs(POLISH))
def test_a_polish_name_is_called_in_the_vocative(name: str, called: str) -> None:
    assert vocative(name) == called.lower()
    assert call_name(Person(name, language="pl"), formal=False) == called


@pytest.mark.parametrize(("name", "called"), pairs(UKRAINIAN))
def test_a_ukrainian_name_is_called_in_the_vocative(name: str, called: str) -> None:
    assert call_name(Person(name, language="uk"), formal=False) == called


def test_a_womans_polish_name_in_a_consonant_stays_as_it_is() -> None:
    names = ["Karmen", "Noemi", "Ines", "Nicole", "Elizabeth"]
    assert [call_name(Person(n, gender="female", language="pl"), formal=False) for n in names] == names


@pytest.mark.parametrize(
    ("first", "code"),
    [
        *(
            (n, "pl")
            for n in ["A.", "A", "J.K.", "Kowalska", "Mickiewicz", "Patricia", "Zoé", "Alex", "Dmytro", "Олена", "Mila"]
        ),
        *((n, "uk") for n in ["О.", "Anna", "Петренко", "Коваленко", "Ковальська", "Пётр", "Iванна", "немає"]),
        *((n, "ru") for n in ["А.", "Anna", "Иванова", "нет"]),
        *(
            (n, code)
            for code in ("en", "it", "es")
            for n in ("", " ", "A.", "J. R.", "JR", "Олена", "nan", "None", "12", "-", "Anna2")
        ),
    ],
)
def test_a_doubtful_name_is_not_used(first: str, code: str) -> None:
    person = Person(first, language=code)
    assert call_name(person, formal=True) == call_name(person, formal=False) == ""
    assert not first.strip() or first not in salutation(person, formal=True)


def test_a_name_is_tidied() -> None:
    typed = ["ANNA", "anna", " Anna ", "dr Anna", "ANNA-MARIA", "MARÍA DEL CARMEN", "McKenna", "Mary J."]
    assert [call_name(Person(n, language="en"), formal=True) for n in typed] == [
        "Anna", "Anna", "Anna", "Anna", "Anna-Maria", "María del Carmen", "McKenna", "Mary",
    ]  # fmt: skip


def test_address_as_beats_all() -> None:
    person = Person("Anna", "Petrovna", "Kowalska", "female", "Aniu", "pl")
    assert (call_name(person, formal=True), call_name(person, formal=False)) == ("Aniu", "Aniu")
    assert (salutation(person, formal=True), salutation(person, formal=False)) == ("Pani Aniu,", "Aniu,")


@pytest.mark.parametrize(
    ("code", "address_as", "expected"),
    [
        ("pl", "Pani Aniu", "Pani Aniu,"),
        ("pl", "Aniu!", "Aniu,"),
        ("pl", "Szanowna Pani", "Szanowna Pani,"),
        ("uk", "пані Олено", "Вітаємо, пані Олено!"),
        ("ru", "Анечка", "Здравствуйте, Анечка!"),
        ("it", "Sig.ra Rossi", "Gentile Sig.ra Rossi,"),
        ("es", "doña Carmen", "Buenos días, doña Carmen:"),
        ("en", "Mrs Smith", "Dear Mrs Smith,"),
        ("en", "Dear Mrs Smith,", "Dear Mrs Smith,"),
        ("en", "Mrs.", "Hello,"),
    ],
)
def test_what_stands_under_address_as_becomes_a_whole_salutation(code: str, address_as: str, expected: str) -> None:
    assert salutation(Person(address_as=address_as, language=code), formal=True) == expected


@pytest.mark.parametrize(
    ("person", "formal", "familiar"),
    [
        (Person("Anna", gender="female", language="pl"), "Pani Anno,", "Anno,"),
        (Person("Jan", gender="male", language="pl"), "Panie Janie,", "Janie,"),
        (Person("Anna", language="pl"), "Dzień dobry,", "Anno,"),
        (Person("A.", "", "Kowalska", "female", language="pl"), "Szanowna Pani,", "Cześć,"),
        (Person("Олена", "Петрівна", language="uk"), "Шановна Олено Петрівно!", "Привіт, Олено!"),
        (Person("Ігор", "Олегович", language="uk"), "Шановний Ігорю Олеговичу!", "Привіт, Ігорю!"),
        (Person("Олена", language="uk"), "Вітаємо, Олено!", "Привіт, Олено!"),
        (Person("Anna", language="uk"), "Вітаємо!", "Привіт!"),
        (Person("Анна", "Сергеевна", language="ru"), "Уважаемая Анна Сергеевна!", "Привет, Анна!"),
        (Person("Анна", gender="female", language="ru"), "Здравствуйте, Анна!", "Привет, Анна!"),
        (Person("Олена", "Петрівна", language="ru"), "Здравствуйте, Олена!", "Привет, Олена!"),
        (Person("Anna", language="it"), "Gentile Anna,", "Ciao Anna,"),
        (Person("", "", "Rossi", "female", language="it"), "Gentile Sig.ra Rossi,", "Ciao,"),
        (Person("", "", "Rossi", language="it"), "Gentile cliente,", "Ciao,"),
        (Person("Ana", language="es"), "Buenos días, Ana:", "Hola, Ana:"),
        (Person("Ana", gender="female", language="es"), "Estimada Ana:", "Hola, Ana:"),
        (Person(language="es"), "Buenos días:", "Hola:"),
        (Person("Siân", language="en"), "Dear Siân,", "Hi Siân,"),
        (Person("", "", "Smith", "female", language="en"), "Hello,", "Hi there,"),
    ],
)
def test_the_opening_line_says_what_is_known_and_no_more(person: Person, formal: str, familiar: str) -> None:
    assert (salutation(person, formal=True), salutation(person, formal=False)) == (formal, familiar)


def test_gender_and_patronymic_that_differ_give_a_greeting_without_gender() -> None:
    person = Person("Ксенія", "Петрівна", gender="male", language="uk")
    assert salutation(person, formal=True) == "Вітаємо, Ксеніє Петрівно!"


# letters of all the alphabets, and what people type between them
TYPED = st.text(st.sampled_from("abZżółíАбвїє'’-. ,()1"), max_size=16) | st.text(max_size=12)
PEOPLE = st.builds(
    Person, TYPED, TYPED, TYPED, st.sampled_from(["", "female", "male"]), TYPED, st.sampled_from(LANGUAGES)
)


@given(person=PEOPLE, formal=st.booleans())
def test_a_salutation_is_never_empty_and_ends_as_its_language_does(person: Person, *, formal: bool) -> None:
    line = salutation(person, formal=formal)
    assert line.rstrip(",!:")
    assert line[-1] == {"uk": "!", "ru": "!", "es": ":"}.get(person.language, ",")


@given(full=TYPED, order=st.booleans(), code=st.sampled_from(["", *LANGUAGES]))
def test_no_name_breaks_the_splitting_and_no_letter_is_made_up(full: str, *, order: bool, code: str) -> None:
    name = split_name(full, surname_first=order, language=code)
    parts = f"{name.first} {name.middle} {name.last}".split()
    assert all(part in full for part in parts)


# --- a full name in its parts ---


@pytest.mark.parametrize(
    ("full", "code", "expected"),
    [
        ("Anna Kowalska", "pl", "Anna||Kowalska"),
        ("Kowalska Anna", "pl", "Anna||Kowalska"),
        ("Anna Maria Kowalska", "pl", "Anna|Maria|Kowalska"),
        ("Kowalska, Anna", "", "Anna||Kowalska"),
        ("Kowalska,Anna", "", "Anna||Kowalska"),
        ("Anna Kowalska, fryzjerka", "pl", "Anna||Kowalska"),
        ("dr Anna Nowak", "pl", "Anna||Nowak"),
        ("Anna Nowak (mama Zosi)", "pl", "Anna||Nowak"),
        ("Anna", "pl", "Anna||"),
        ("", "pl", "||"),
        ("Петренко Олена Іванівна", "uk", "Олена|Іванівна|Петренко"),
        ("Олена Іванівна Петренко", "uk", "Олена|Іванівна|Петренко"),
        ("Олена Іванівна", "uk", "Олена|Іванівна|"),
        ("Петренко Олена", "uk", "Олена||Петренко"),
        ("Олена Петренко", "uk", "Олена||Петренко"),
        ("Любов Петренко", "uk", "Любов||Петренко"),
        ("Коваль Ілля Ілліч", "uk", "Ілля|Ілліч|Коваль"),
        ("Микола Петрович", "uk", "Микола|Петрович|"),
        ("Анна Петрович", "uk", "Анна||Петрович"),
        ("Иванова Анна", "ru", "Анна||Иванова"),
        ("Иванова Анна Сергеевна", "ru", "Анна|Сергеевна|Иванова"),
        ("Мария Ильинична Кац", "ru", "Мария|Ильинична|Кац"),
        ("Алиев Расим Гусейн оглы", "ru", "Расим|Гусейн оглы|Алиев"),
        ("Оля маникюр", "ru", "Оля||маникюр"),
        ("Anna Maria Rossi", "it", "Anna Maria||Rossi"),
        ("Maria De Luca", "it", "Maria||De Luca"),
        ("Sig.ra Anna Rossi", "it", "Anna||Rossi"),
        ("Ana García López", "es", "Ana||García López"),
        ("Ana María López", "es", "Ana María||López"),
        ("María del Carmen García López", "es", "María del Carmen||García López"),
        ("José Luis Pérez Gil", "es", "José Luis||Pérez Gil"),
        ("Ana", "es", "Ana||"),
        ("Anna van der Berg", "en", "Anna||van der Berg"),
        ("Mary Jane Smith", "en", "Mary|Jane|Smith"),
        ("O'Brien, Siân", "en", "Siân||O'Brien"),
    ],
)
def test_a_name_falls_into_its_parts(full: str, code: str, expected: str) -> None:
    assert split_name(full, language=code) == Name(*expected.split("|"))


@pytest.mark.parametrize(
    ("full", "code", "expected"),
    [
        ("Nowak Anna", "pl", "Anna||Nowak"),
        ("Nowak Anna Maria", "pl", "Anna|Maria|Nowak"),
        ("Kowalska A.", "pl", "A.||Kowalska"),
        ("Кац Анна", "ru", "Анна||Кац"),
        ("Петрович Іван", "uk", "Іван||Петрович"),
        ("Олена Іванівна Петренко", "uk", "Олена|Іванівна|Петренко"),
        ("De Luca Maria", "it", "Maria||De Luca"),
        ("Rossi Anna Maria", "it", "Anna Maria||Rossi"),
        ("García López Ana", "es", "Ana||García López"),
        ("García Ana María", "es", "Ana María||García"),
    ],
)
def test_where_the_header_says_so_the_surname_comes_first(full: str, code: str, expected: str) -> None:
    assert split_name(full, surname_first=True, language=code) == Name(*expected.split("|"))


@pytest.mark.parametrize(
    ("full", "called"),
    [
        ("Оля маникюр", "Оля"),
        ("Таня соседка", "Таня"),
        ("Катя подруга Лены", "Катя"),
        ("Света новая", "Света"),
        ("Коваленко ирина", "Ирина"),
        ("Изольдочка маникюр", ""),
    ],
)
def test_a_note_behind_the_name_is_not_what_she_is_called(full: str, called: str) -> None:
    name = split_name(full, surname_first=True, language="ru")
    assert call_name(Person(name.first, name.middle, name.last, "female", language="ru"), formal=False) == called


@pytest.mark.parametrize(
    ("full", "code"),
    [
        ("Rossi Maria", "it"),
        ("Bianchi Luca", "it"),
        ("García Lucía", "es"),
        ("Kowalska Ewa", "en"),
        ("Nowak Piotr", "pl"),
        ("Mum of Zoe", "en"),
        ("info", "en"),
    ],
)
def test_who_may_stand_surname_first_or_is_no_name_is_greeted_without_one(full: str, code: str) -> None:
    name = split_name(full, language=code)
    assert call_name(Person(name.first, name.middle, name.last, "male", language=code), formal=True) == ""


def test_in_cyrillic_a_known_given_name_behind_another_word_is_what_she_is_called() -> None:
    assert split_name("Мельник Анна", language="uk") == Name("Анна", "", "Мельник")


def test_nobody_is_greeted_by_a_surname() -> None:
    lists = {"pl": "Kowalska Anna", "uk": "Ковальчук Олена", "ru": "Смирнова Анна"}
    for code, full in lists.items():
        name = split_name(full, language=code)
        line = salutation(Person(name.first, name.middle, name.last, language=code), formal=False)
        assert not re.search("owalsk|овальч|мирнов", line)

"""Who and what the sample salons consist of. Everybody in here is made up; every address is example.com.

Phone numbers: Britain reserves 07700 900000-900999 for drama (Ofcom). Poland, Ukraine, Russia, Italy and Spain reserve no mobile
numbers for fiction, so theirs are a valid prefix followed by zeros: nobody takes them for real, and no sample is ever sent anywhere.
"""

# ruff: noqa: E501 - lists of words

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """What the salon does. `days` is the usual interval in days; `women`, `men` are weights of how many come for it."""

    key: str
    category: int
    days: int
    women: int
    men: int
    minutes: int


SERVICES = (
    Service("cut_w", 0, 42, 30, 0, 60),
    Service("cut_m", 0, 35, 0, 70, 30),
    Service("blow_dry", 0, 9, 2, 0, 45),
    Service("root", 1, 28, 16, 0, 90),
    Service("colour", 1, 60, 12, 0, 120),
    Service("balayage", 1, 100, 6, 0, 180),
    Service("care", 0, 45, 0, 0, 30),
    Service("manicure", 2, 24, 10, 4, 50),
    Service("gel", 2, 23, 22, 0, 75),
    Service("pedicure", 2, 38, 8, 4, 60),
    Service("brows", 3, 30, 14, 0, 30),
    Service("lashes", 3, 45, 6, 0, 60),
    Service("facial", 3, 36, 10, 4, 60),
    Service("massage", 4, 28, 8, 14, 60),
)


@dataclass(frozen=True)
class Salon:
    """One sample salon. Names are blank-separated words; `a/b` is the male and the female form of a surname or patronymic."""

    code: str
    business: str
    city: str
    towns: str
    streets: tuple[str, ...]
    postcodes: tuple[str, ...]
    phone: str  # 200 numbers: the last digits of this are counted up
    spellings: tuple[str, ...]  # ways in which people type a number; x for each digit of the national number
    id_style: str  # {n} is the client's number; empty for plain numbers
    women: str
    men: str
    surnames: str
    patronymics: str
    surname_first: bool
    pet_names: str  # given name:how she is called in a greeting
    services: tuple[str, ...]
    categories: tuple[str, ...]
    prices: tuple[int, ...]
    staff: tuple[str, ...]
    notes: tuple[str, ...]
    visit_notes: tuple[str, ...]
    refund: str
    sources: tuple[str, ...]
    interests: tuple[str, ...]
    hair: tuple[str, str, str, str]  # the header of a column of her own, and what stands in it
    points: str  # another one, with numbers
    closed: tuple[int, ...]  # weekdays, Monday is 0
    closed_words: str
    months: str
    odd_client: str
    odd_service: str
    odd_amount: str
    odd_channel: str
    sms: str
    spring: str
    has_tickets: bool = False
    guests: tuple[str, ...] = ()  # languages of the few clients who speak another one


SALONS = (
    Salon(
        code="en", business="Malva Hair & Beauty", city="Bristol", towns="Bath Clevedon Portishead Keynsham",
        streets=("Primrose Lane", "Harbour Row", "Orchard Street", "Mill Hill", "Chapel Walk"),
        postcodes=("BS1 9XX", "BS3 9XY", "BA1 9XZ"),
        phone="07700900000", spellings=("xxxxx xxxxxx", "xxxxx xxx xxx", "xxxxxxxxxxx", "+44 xxxx xxxxxx"),
        id_style="C-{n:03}",
        women="Olivia Amelia Emily Sophie Charlotte Grace Lucy Hannah Alice Eleanor Rebecca Megan Laura Rachel Sarah Emma Jessica "
        "Victoria Helen Claire Joanne Alison Karen Louise Nicola Zoë Siân Imogen Freya Harriet",
        men="James Oliver Thomas George Daniel Andrew Simon Matthew Robert Christopher Edward Benjamin",
        surnames="Smith Jones Taylor Brown Wilson Evans Thomas Roberts Walker Wright Thompson Robinson Hughes Green Hall Wood Harris "
        "Clarke Patel Jackson Turner Hill Cooper Morris Moore Ward King Baker Morgan Bell Parker Price Bennett Shaw Ellis",
        patronymics="", surname_first=False,
        pet_names="Rebecca:Becky Charlotte:Lottie Victoria:Vicky Thomas:Tom Daniel:Dan Eleanor:Ellie",
        services=("Women's cut", "Men's cut", "Blow-dry", "Root touch-up", "Full colour", "Balayage", "Deep conditioning", "Manicure",
                  "Gel manicure", "Pedicure", "Brow shaping & tint", "Lash lift", "Facial", "Back massage"),
        categories=("Hair", "Colour", "Nails", "Brows & face", "Body"),
        prices=(52, 28, 30, 58, 85, 140, 22, 28, 38, 42, 26, 48, 60, 52),
        staff=("Kate", "Marie", "Tom"),
        notes=("Coffee with oat milk, please", "Likes the window seat", "Prefers Saturdays", "Quiet appointments preferred",
               "Likes to be called {pet}", "Comes by bicycle, may be late", "Always books with Kate"),
        visit_notes=("fringe a little longer", "wants to try a warmer shade", "paid by voucher", "brought a friend", "running ten minutes late"),
        refund="refund, colour faded", sources=("Instagram", "Google", "a friend", "walked past"),
        interests=("skin care", "hair care", "bridal", "nail art"),
        hair=("Hair type", "fine", "thick", "curly"), points="Loyalty points", closed=(6,), closed_words="Sunday",
        months="January February March April May June July August September October November December",
        odd_client="Katy nails", odd_service="Womens cutt", odd_amount="as usual", odd_channel="pigeon",
        sms="{{ salutation }} Many happy returns from all of us. {{ business }}",
        spring="Spring party",
        has_tickets=True, guests=("pl", "pl", "uk", "it", "es"),
    ),
    Salon(
        code="pl", business="Salon Malwa", city="Wrocław", towns="Oława Oleśnica Trzebnica Sobótka",
        streets=("ul. Malwowa", "ul. Słoneczna", "ul. Lipowa", "ul. Kwiatowa", "ul. Ogrodowa"),
        postcodes=("50-001", "51-112", "53-204"),
        phone="600000000", spellings=("xxx xxx xxx", "xxxxxxxxx", "xxx-xxx-xxx", "+48 xxx xxx xxx"),
        id_style="{n}",
        women="Anna Katarzyna Małgorzata Agnieszka Barbara Ewa Magdalena Elżbieta Krystyna Joanna Aleksandra Monika Zofia Natalia "
        "Dorota Marta Karolina Julia Beata Justyna Renata Iwona Paulina Weronika Sylwia Kinga Olga Hanna Alicja Urszula",
        men="Piotr Krzysztof Tomasz Paweł Jan Marcin Michał Grzegorz Adam Łukasz Jakub Wojciech",
        surnames="Nowak Kowalski/Kowalska Wiśniewski/Wiśniewska Wójcik Kowalczyk Kamiński/Kamińska Lewandowski/Lewandowska "
        "Zieliński/Zielińska Szymański/Szymańska Woźniak Dąbrowski/Dąbrowska Kozłowski/Kozłowska Jankowski/Jankowska Mazur "
        "Wojciechowski/Wojciechowska Kwiatkowski/Kwiatkowska Krawczyk Kaczmarek Piotrowski/Piotrowska Grabowski/Grabowska Zając "
        "Pawłowski/Pawłowska Michalski/Michalska Król Wieczorek Jabłoński/Jabłońska Wróbel Nowakowski/Nowakowska Majewski/Majewska "
        "Olszewski/Olszewska Stępień Malinowski/Malinowska Jaworski/Jaworska Adamczyk Dudek",
        patronymics="", surname_first=False,
        pet_names="Anna:Aniu Katarzyna:Kasiu Małgorzata:Gosiu Agnieszka:Agusiu Magdalena:Magdo Joanna:Asiu",
        services=("Strzyżenie damskie", "Strzyżenie męskie", "Modelowanie", "Farbowanie odrostów", "Koloryzacja", "Baleyage",
                  "Pielęgnacja włosów", "Manicure klasyczny", "Manicure hybrydowy", "Pedicure", "Regulacja i henna brwi",
                  "Lifting rzęs", "Zabieg na twarz", "Masaż pleców"),
        categories=("Włosy", "Koloryzacja", "Paznokcie", "Brwi i twarz", "Ciało"),
        prices=(130, 70, 75, 160, 240, 420, 60, 80, 130, 150, 60, 140, 180, 140),
        staff=("Ola", "Basia", "Marek"),
        notes=("Kawa z mlekiem owsianym", "Woli miejsce przy oknie", "Najchętniej w soboty", "Lubi ciszę",
               "Woli, żeby mówić {pet}", "Przyjeżdża rowerem, bywa później", "Zawsze do Oli"),
        visit_notes=("grzywka trochę dłuższa", "chce cieplejszy odcień", "płatne bonem", "z koleżanką", "10 minut później"),
        refund="zwrot, kolor się zmył", sources=("Instagram", "Google", "koleżanka", "przechodziła obok"),
        interests=("pielęgnacja twarzy", "pielęgnacja włosów", "ślub", "zdobienie paznokci"),
        hair=("Rodzaj włosów", "cienkie", "grube", "kręcone"), points="Punkty", closed=(6,), closed_words="niedziela",
        months="stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        odd_client="Ola paznokcie", odd_service="Strzyżenie damske", odd_amount="jak zwykle", odd_channel="gołąb",
        sms="{{ salutation }} samych pogodnych dni z okazji urodzin. {{ business }}",
        spring="Wiosenne spotkanie",
        has_tickets=True, guests=("uk", "uk", "ru", "en", "it"),
    ),
    Salon(
        code="uk", business="Салон «Мальва»", city="Львів", towns="Винники Дубляни Городок Пустомити",
        streets=("вул. Мальвова", "вул. Сонячна", "вул. Липова", "вул. Квіткова", "вул. Садова"),
        postcodes=("79000", "79016", "79044"),
        phone="0500000000", spellings=("xxx xxx xx xx", "xxxxxxxxxx", "xxx-xxx-xx-xx", "+38 xxx xxx xx xx"),
        id_style="K{n:03}",
        women="Олена Наталія Оксана Ірина Тетяна Марія Світлана Людмила Галина Юлія Анна Ольга Катерина Вікторія Надія Любов Леся "
        "Христина Софія Дарина Мар'яна Богдана Соломія Зоряна Уляна Інна Алла Валентина Роксолана Віра",
        men="Андрій Олександр Сергій Володимир Іван Тарас Богдан Роман Василь Михайло Петро Юрій",
        surnames="Шевченко Мельник Бондаренко Коваленко Бойко Ткаченко Кравченко Ковальчук Коваль Олійник Шевчук Поліщук Лисенко Марченко "
        "Савченко Руденко Петренко Мороз Клименко Павленко Гончар Сидоренко Козак Левченко Романюк Гаврилюк Дмитренко Яремчук "
        "Білоус Стельмах Вітвіцький/Вітвіцька Залізняк Кушнір Тимошенко Грицак",
        patronymics="Іванович/Іванівна Петрович/Петрівна Михайлович/Михайлівна Васильович/Василівна Андрійович/Андріївна "
        "Олександрович/Олександрівна Богданович/Богданівна Романович/Романівна", surname_first=True,
        pet_names="Олена:Оленко Наталія:Наталочко Оксана:Оксанко Ірина:Іринко Катерина:Катрусю Марія:Марічко",
        services=("Жіноча стрижка", "Чоловіча стрижка", "Укладання", "Фарбування коренів", "Фарбування волосся", "Балаяж",
                  "Догляд за волоссям", "Манікюр класичний", "Манікюр з гель-лаком", "Педикюр", "Корекція та фарбування брів",
                  "Ламінування вій", "Догляд за обличчям", "Масаж спини"),
        categories=("Волосся", "Фарбування", "Нігті", "Брови та обличчя", "Тіло"),
        prices=(600, 350, 400, 900, 1500, 2800, 350, 400, 650, 750, 350, 700, 900, 750),
        staff=("Оля", "Іра", "Назар"),
        notes=("Кава з вівсяним молоком", "Любить місце біля вікна", "Найзручніше в суботу", "Любить тишу",
               "Любить, коли кажуть {pet}", "Їде велосипедом, буває пізніше", "Завжди до Олі"),
        visit_notes=("гривка трохи довша", "хоче тепліший відтінок", "оплата сертифікатом", "прийде з подругою", "на 10 хвилин пізніше"),
        refund="повернення, колір змився", sources=("Instagram", "Google", "подруга", "ішла повз"),
        interests=("догляд за обличчям", "догляд за волоссям", "весілля", "дизайн нігтів"),
        hair=("Тип волосся", "тонке", "густе", "кучеряве"), points="Бали", closed=(6,), closed_words="неділя",
        months="січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        odd_client="Оля манікюр", odd_service="Жіноча стрижкка", odd_amount="як завжди", odd_channel="голуб",
        sms="{{ salutation }} Миру, здоров'я і радості в день народження! {{ business }}",
        spring="Весняна зустріч",
        guests=("pl", "pl", "en", "ru", "it"),
    ),
    Salon(
        code="ru", business="Салон «Мальва»", city="Казань", towns="Зеленодольск Высокая_Гора Лаишево Арск",
        streets=("ул. Мальвовая", "ул. Солнечная", "ул. Липовая", "ул. Цветочная", "ул. Садовая"),
        postcodes=("420000", "420111", "422500"),
        phone="9000000000", spellings=("8 xxx xxx-xx-xx", "8xxxxxxxxxx", "+7 (xxx) xxx-xx-xx", "+7 xxx xxx xx xx"),
        id_style="",
        women="Елена Наталья Ольга Ирина Татьяна Мария Светлана Людмила Галина Юлия Анна Екатерина Виктория Надежда Любовь Ксения "
        "Дарья Софья Алина Полина Марина Вера Алла Валентина Евгения Лариса Кристина Вероника Алёна Тамара",
        men="Андрей Александр Сергей Владимир Иван Дмитрий Михаил Роман Алексей Николай Пётр Юрий",
        surnames="Иванов/Иванова Смирнов/Смирнова Кузнецов/Кузнецова Попов/Попова Васильев/Васильева Петров/Петрова Соколов/Соколова "
        "Михайлов/Михайлова Новиков/Новикова Фёдоров/Фёдорова Морозов/Морозова Волков/Волкова Алексеев/Алексеева Лебедев/Лебедева "
        "Семёнов/Семёнова Егоров/Егорова Павлов/Павлова Козлов/Козлова Степанов/Степанова Николаев/Николаева Орлов/Орлова "
        "Андреев/Андреева Макаров/Макарова Никитин/Никитина Захаров/Захарова Зайцев/Зайцева Соловьёв/Соловьёва Борисов/Борисова "
        "Яковлев/Яковлева Григорьев/Григорьева Романов/Романова Воробьёв/Воробьёва Сергеев/Сергеева Кузьмин/Кузьмина Белов/Белова",
        patronymics="Иванович/Ивановна Петрович/Петровна Михайлович/Михайловна Сергеевич/Сергеевна Андреевич/Андреевна "
        "Александрович/Александровна Николаевич/Николаевна Владимирович/Владимировна", surname_first=True,
        pet_names="Елена:Леночка Наталья:Наташа Екатерина:Катя Мария:Маша Татьяна:Таня Ольга:Оля",
        services=("Женская стрижка", "Мужская стрижка", "Укладка", "Окрашивание корней", "Окрашивание волос", "Балаяж",
                  "Уход за волосами", "Маникюр классический", "Маникюр с гель-лаком", "Педикюр", "Коррекция и окрашивание бровей",
                  "Ламинирование ресниц", "Уход за лицом", "Массаж спины"),
        categories=("Волосы", "Окрашивание", "Ногти", "Брови и лицо", "Тело"),
        prices=(1800, 1000, 1200, 2700, 4500, 8000, 1000, 1200, 2000, 2300, 1000, 2200, 2800, 2200),
        staff=("Оля", "Ира", "Тимур"),
        notes=("Кофе с овсяным молоком", "Любит место у окна", "Удобнее всего в субботу", "Любит тишину",
               "Любит, когда говорят {pet}", "Приезжает на велосипеде, бывает позже", "Всегда к Оле"),
        visit_notes=("чёлка чуть длиннее", "хочет оттенок теплее", "оплата сертификатом", "придёт с подругой", "на 10 минут позже"),
        refund="возврат, цвет смылся", sources=("ВКонтакте", "Яндекс", "подруга", "шла мимо"),
        interests=("уход за лицом", "уход за волосами", "свадьба", "дизайн ногтей"),
        hair=("Тип волос", "тонкие", "густые", "кудрявые"), points="Баллы", closed=(6,), closed_words="воскресенье",
        months="января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        odd_client="Оля маникюр", odd_service="Женская стришка", odd_amount="как обычно", odd_channel="голубь",
        sms="{{ salutation }} Здоровья и радости в день рождения! {{ business }}",
        spring="Весенняя встреча",
        guests=("uk", "en", "it", "pl", "es"),
    ),
    Salon(
        code="it", business="Malva", city="Bologna", towns="Casalecchio Budrio Medicina Vergato",
        streets=("Via delle Malve", "Via del Sole", "Via dei Tigli", "Via dei Fiori", "Via degli Orti"),
        postcodes=("40121", "00184", "40139"),
        phone="3200000000", spellings=("xxx xxx xxxx", "xxxxxxxxxx", "xxx/xxxxxxx", "+39 xxx xxx xxxx"),
        id_style="A{n:04}",
        women="Anna Maria Giulia Francesca Chiara Sara Laura Paola Elena Alessandra Valentina Silvia Federica Martina Giorgia Elisa "
        "Simona Roberta Cristina Daniela Barbara Monica Claudia Ilaria Serena Lucia Teresa Beatrice Margherita Irene",
        men="Marco Andrea Giuseppe Luca Francesco Matteo Alessandro Stefano Paolo Davide Niccolò Antonio",
        surnames="Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti Costa Giordano Mancini Rizzo "
        "Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso Ferrara Galli Martini Leone Longo Gentile Martinelli "
        "Vitale Lombardo Serra",
        patronymics="", surname_first=False,
        pet_names="Francesca:Franci Alessandra:Ale Valentina:Vale Federica:Fede Giulia:Giuli Margherita:Marghe",
        services=("Taglio donna", "Taglio uomo", "Piega", "Ritocco ricrescita", "Colore", "Balayage", "Trattamento capelli", "Manicure",
                  "Semipermanente mani", "Pedicure", "Sopracciglia", "Laminazione ciglia", "Pulizia viso", "Massaggio schiena"),
        categories=("Capelli", "Colore", "Unghie", "Sopracciglia e viso", "Corpo"),
        prices=(40, 22, 25, 45, 65, 120, 20, 22, 32, 38, 15, 55, 60, 50),
        staff=("Sara", "Giada", "Luca"),
        notes=("Caffè macchiato", "Le piace il posto alla finestra", "Meglio di sabato", "Ama il silenzio",
               "Preferisce essere chiamata {pet}", "Arriva in bici, a volte tardi", "Sempre con Sara"),
        visit_notes=("frangia un po' più lunga", "vuole un tono più caldo", "pagato con buono", "con un'amica", "dieci minuti di ritardo"),
        refund="rimborso, colore scarico", sources=("Instagram", "Google", "un'amica", "passava di qui"),
        interests=("cura del viso", "cura dei capelli", "sposa", "nail art"),
        hair=("Tipo di capelli", "fini", "spessi", "ricci"), points="Punti", closed=(6, 0), closed_words="domenica, lunedì",
        months="gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        odd_client="Giusy unghie", odd_service="Talio donna", odd_amount="come sempre", odd_channel="piccione",
        sms="{{ salutation }} tanti auguri di buon compleanno! {{ business }}",
        spring="Festa di primavera",
        has_tickets=True, guests=("uk", "en", "ru", "es", "pl"),
    ),
    Salon(
        code="es", business="Malva", city="Valencia", towns="Torrent Paterna Alboraya Burjassot",
        streets=("Calle de las Malvas", "Calle del Sol", "Calle de los Tilos", "Calle de las Flores", "Calle del Huerto"),
        postcodes=("46001", "08001", "46020"),
        phone="600000000", spellings=("xxx xxx xxx", "xxxxxxxxx", "xxx xx xx xx", "+34 xxx xxx xxx"),
        id_style="M-{n:03}",
        women="María Carmen Ana Isabel Laura Cristina Marta Sara Lucía Paula Elena Sofía Pilar Raquel Silvia Beatriz Rosa Patricia "
        "Mónica Alba Irene Julia Nuria Rocío Inés Amparo Teresa Verónica Lorena Clara",
        men="Antonio José Manuel Francisco Javier David Daniel Carlos Miguel Alejandro Pablo Sergio",
        surnames="García Fernández González Rodríguez López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno Muñoz "
        "Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez Serrano Blanco Molina Morales Suárez "
        "Ortega Delgado Castro",
        patronymics="", surname_first=False,
        pet_names="Isabel:Isa Cristina:Cris Beatriz:Bea Patricia:Patri Verónica:Vero Francisco:Paco",
        services=("Corte mujer", "Corte hombre", "Peinado", "Retoque de raíz", "Color", "Balayage", "Hidratación capilar", "Manicura",
                  "Manicura semipermanente", "Pedicura", "Diseño de cejas", "Lifting de pestañas", "Limpieza facial",
                  "Masaje de espalda"),
        categories=("Cabello", "Color", "Uñas", "Cejas y rostro", "Cuerpo"),
        prices=(35, 18, 22, 40, 60, 110, 18, 18, 28, 32, 14, 45, 50, 45),
        staff=("Marta", "Lola", "Iván"),
        notes=("Café con leche de avena", "Le gusta el sitio junto a la ventana", "Mejor los sábados", "Prefiere silencio",
               "Prefiere que le digan {pet}", "Viene en bici, a veces tarde", "Siempre con Marta"),
        visit_notes=("flequillo un poco más largo", "quiere un tono más cálido", "pagado con bono", "viene con una amiga", "diez minutos tarde"),
        refund="devolución, color lavado", sources=("Instagram", "Google", "una amiga", "pasaba por aquí"),
        interests=("cuidado facial", "cuidado del cabello", "novias", "nail art"),
        hair=("Tipo de pelo", "fino", "grueso", "rizado"), points="Puntos", closed=(6,), closed_words="domingo",
        months="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        odd_client="Lola uñas", odd_service="Corte muger", odd_amount="lo de siempre", odd_channel="paloma",
        sms="{{ salutation }} ¡feliz cumpleaños! {{ business }}",
        spring="Fiesta de primavera",
        guests=("uk", "it", "en", "pl", "ru"),
    ),
)  # fmt: skip

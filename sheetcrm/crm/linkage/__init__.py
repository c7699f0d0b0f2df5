"""Which rows of a client list may be one person: record linkage without training, vetoes before points, reasons for each pair.

The way of it (`finding.py` puts the steps in order): shadow forms of what is typed (`shadows`, `person_names`, `records`), pairs worth
comparing (`blocking`), how alike they are field by field (`levels`), points by how rare a value is in this very list (`points`), what
forbids or lowers a match (`tiers`), and why (`reasons`). The frame is Fellegi and Sunter's (A Theory for Record Linkage, JASA 64, 1969)
with weights from the list's own frequencies (Winkler 1989); nothing is learned, for a client list has no labels.
"""

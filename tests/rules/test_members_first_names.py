"""The name with which a mail greets: titles, initials, honorifics and Balinese particles are left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules import first_name_of


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("I Made Wirawan", "Made"),
        ("Prof. Ahmad", "Ahmad"),
        ("Budi Santoso", "Budi"),
        ("  siti   aminah ", "siti"),
        # Bali: I and Ni say man and woman, Ida and Gusti the house; elsewhere Ida and Gusti are names
        ("I MADE WIRAWAN", "MADE"),
        ("Ni Wayan Sukerti", "Wayan"),
        ("Ni Luh Putu Ayu", "Putu"),
        ("Ni Luh Djelantik", "Djelantik"),
        ("Luh Ketut Suryani", "Luh"),
        ("I Gusti Ngurah Rai", "Ngurah"),
        ("I Gusti Ayu Agung Inda", "Ayu"),
        ("Gusti Ayu Putu Sri", "Ayu"),
        ("Gusti Randa", "Gusti"),
        ("Ida Bagus Oka", "Bagus"),
        ("Ida Ayu Ratna", "Ayu"),
        ("Ida Farida", "Ida"),
        ("Ida", "Ida"),
        ("Anak Agung Gde Raka", "Gde"),
        ("Anak Agung", "Agung"),
        ("I Ketut", "Ketut"),
        ("Dewa Budjana", "Dewa"),
        ("Ni Made", "Made"),
        ("I", "I"),
        ("Ni", "Ni"),
        # titles of studies and of respect, with and without dots, glued, several of them
        ("dr. H. Ahmad", "Ahmad"),
        ("DR. Sutomo", "Sutomo"),
        ("Dr Sutomo", "Sutomo"),
        ("drg. Rina Melati", "Rina"),
        ("Drs. Joko Widodo", "Joko"),
        ("Dra Sri Mulyani", "Sri"),
        ("Ir. Soekarno", "Soekarno"),
        ("Prof.Dr.Ahmad Yani", "Ahmad"),
        ("Prof. Dr. dr. Hj. Siti Fadilah, Sp.JP", "Siti"),
        ("K.H. Ahmad Dahlan", "Ahmad"),
        ("KH Hasyim Asyari", "Hasyim"),
        ("H Sulaiman", "Sulaiman"),
        ("Hj. Aminah", "Aminah"),
        ("Haji Abdul Malik", "Abdul"),
        ("Ust. Somad", "Somad"),
        ("Ustadzah Halimah", "Halimah"),
        ("Bapak Eko", "Eko"),
        ("Bpk. Eko Prasetyo", "Eko"),
        ("Ibu Sari", "Sari"),
        ("Bu Hj. Sari", "Sari"),
        ("Mbak Dian", "Dian"),
        ("Mas Agus", "Agus"),
        ("Kak Seto", "Seto"),
        ("Tn. Wijaya", "Wijaya"),
        ("Ny. Wijaya", "Wijaya"),
        ("Mr. John Smith", "John"),
        ("Mrs Smith", "Smith"),
        ("Raden Ajeng Kartini", "Ajeng"),
        ("R. Soeprapto", "Soeprapto"),
        ("Rr. Ayu", "Ayu"),
        # initials and abbreviated names
        ("M. Rizki Pratama", "Rizki"),
        ("M Rizki", "Rizki"),
        ("Moh. Hatta", "Hatta"),
        ("Mohd Ali", "Ali"),
        ("Abd. Rahman", "Rahman"),
        ("St. Aminah", "Aminah"),
        ("A. A. Navis", "Navis"),
        ("Muhammad Rizki", "Muhammad"),
        # degrees behind, brackets, names that only begin like a title
        ("Ahmad, S.E., M.M.", "Ahmad"),
        ("Ahmad,SE", "Ahmad"),
        ("(Ibu) Sari", "Sari"),
        ("Prabu Siliwangi", "Prabu"),
        ("Ibrahim Malik", "Ibrahim"),
        ("Iwan Fals", "Iwan"),
        ("Nia Ramadhani", "Nia"),
        ("Irma", "Irma"),
        ("Hana Dr", "Hana"),
        # nothing but titles: greet as it was written
        ("Dr.", "Dr."),
        ("Bu", "Bu"),
        ("Bapak Haji", "Bapak"),
        ("Ibu Prof. Dr.", "Ibu"),
        ("", ""),
        (" , ", ""),
        ("Ni\u00a0Wayan\u200b Sukerti", "Wayan"),
        ("\u202eOdus", "Odus"),
        ("Eko\r\nBcc: x@example.com", "Eko"),
        ("\u6797 \u660e", "\u660e"),
    ],
)
def test_first_names(name: str, first: str) -> None:
    assert first_name_of(name) == first


@given(st.text())
def test_a_name_with_letters_is_greeted_by_one_of_its_words(name: str) -> None:
    first = first_name_of(name)
    assert " " not in first
    assert bool(first) or not any(symbol.isalpha() for symbol in first_name_of(name))

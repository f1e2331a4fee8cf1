"""What the demo shop sells: 63 goods with the price and the cost of one, and what people come for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Good(NamedTuple):
    """Amounts in rupiah, tax included."""

    sku: str
    name: str
    category: str
    price: int
    cost: int


def _fill_shelf(category: str, *rows: tuple[str, str, int, int]) -> list[Good]:
    return [Good(sku, name, category, price, cost) for sku, name, price, cost in rows]


GOODS: Final = (
    _fill_shelf(
        "Kopi",
        ("KOP-101", "Kopi susu gula aren", 22_000, 8_200),
        ("KOP-102", "Kopi tubruk", 12_000, 3_500),
        ("KOP-103", "Es americano", 20_000, 6_000),
        ("KOP-104", "Cappuccino", 26_000, 9_500),
        ("KOP-105", "Kopi susu pandan", 24_000, 9_000),
        ("KOP-106", "Es kopi kelapa", 25_000, 9_500),
        ("KOP-107", "Biji kopi Gayo 200 g", 78_000, 48_000),
        ("KOP-108", "Biji kopi Toraja 200 g", 85_000, 53_000),
        ("KOP-109", "Kopi bubuk Lampung 165 g", 24_000, 17_500),
    )
    + _fill_shelf(
        "Minuman",
        ("MIN-201", "Es teh manis", 8_000, 1_800),
        ("MIN-202", "Teh tarik", 16_000, 5_500),
        ("MIN-203", "Teh melati hangat", 10_000, 2_500),
        ("MIN-204", "Es jeruk", 14_000, 5_200),
        ("MIN-205", "Wedang jahe", 15_000, 4_800),
        ("MIN-206", "Cokelat panas", 24_000, 9_000),
        ("MIN-207", "Jus alpukat", 22_000, 9_800),
        ("MIN-208", "Air mineral 600 ml", 5_000, 2_900),
        ("MIN-209", "Air mineral 1,5 l", 8_500, 5_600),
        ("MIN-210", "Susu UHT cokelat 250 ml", 7_500, 5_700),
    )
    + _fill_shelf(
        "Roti dan kue",
        ("ROT-301", "Roti bakar cokelat keju", 22_000, 9_000),
        ("ROT-302", "Roti sobek cokelat", 18_000, 10_500),
        ("ROT-303", "Roti tawar 400 g", 19_000, 13_500),
        ("ROT-304", "Donat gula", 8_000, 3_000),
        ("ROT-305", "Donat cokelat kacang", 9_000, 3_600),
        ("ROT-306", "Donat keju", 10_000, 4_100),
        ("ROT-307", "Bolu pandan potong", 12_000, 4_900),
        ("ROT-308", "Pisang goreng isi 4", 16_000, 6_000),
        ("ROT-309", "Kue lumpur", 7_000, 2_700),
        ("ROT-310", "Croissant mentega", 22_000, 10_500),
        ("ROT-311", "Nastar 250 g", 65_000, 38_000),
        ("ROT-312", "Kastengel 250 g", 72_000, 44_000),
    )
    + _fill_shelf(
        "Makanan",
        ("MKN-401", "Nasi goreng kampung", 32_000, 14_500),
        ("MKN-402", "Mi goreng jawa", 30_000, 13_500),
        ("MKN-403", "Nasi ayam geprek", 30_000, 14_000),
        ("MKN-404", "Soto ayam", 28_000, 12_500),
        ("MKN-405", "Bubur ayam", 20_000, 8_500),
        ("MKN-406", "Mi rebus telur", 18_000, 6_800),
        ("MKN-407", "Lontong sayur", 22_000, 9_500),
    )
    + _fill_shelf(
        "Camilan",
        ("CAM-501", "Keripik singkong balado 250 g", 22_000, 14_000),
        ("CAM-502", "Keripik tempe 200 g", 20_000, 12_600),
        ("CAM-503", "Kacang bawang 200 g", 19_000, 12_400),
        ("CAM-504", "Rengginang 250 g", 25_000, 16_200),
        ("CAM-505", "Cokelat batang 65 g", 15_500, 11_300),
        ("CAM-506", "Permen jahe 100 g", 9_500, 6_400),
        ("CAM-507", "Biskuit kelapa 300 g", 14_500, 10_900),
    )
    + _fill_shelf(
        "Sembako",
        ("SBK-601", "Mi instan goreng", 3_500, 2_900),
        ("SBK-602", "Mi instan kuah soto", 3_300, 2_700),
        ("SBK-603", "Beras pulen 5 kg", 76_000, 68_000),
        ("SBK-604", "Minyak goreng 1 l", 19_500, 17_400),
        ("SBK-605", "Gula pasir 1 kg", 18_500, 16_400),
        ("SBK-606", "Telur ayam isi 10", 29_000, 25_200),
        ("SBK-607", "Kecap manis 275 ml", 15_500, 12_300),
        ("SBK-608", "Sarden kaleng 155 g", 12_500, 9_900),
        ("SBK-609", "Kopi saset isi 10", 15_000, 12_000),
        ("SBK-610", "Teh celup isi 25", 8_500, 6_300),
        ("SBK-611", "Sirup melon 460 ml", 24_000, 18_200),
        ("SBK-612", "Kurma 250 g", 28_000, 19_500),
    )
    + _fill_shelf(
        "Kebutuhan rumah",
        ("RMH-701", "Sabun mandi cair 400 ml", 27_500, 21_300),
        ("RMH-702", "Sampo saset isi 12", 12_000, 9_300),
        ("RMH-703", "Pasta gigi 160 g", 16_500, 12_600),
        ("RMH-704", "Deterjen bubuk 800 g", 23_000, 18_300),
        ("RMH-705", "Tisu wajah 250 lembar", 14_000, 10_200),
        ("RMH-706", "Sabun cuci piring 755 ml", 15_500, 11_900),
    )
)
BY_SKU: Final[Mapping[str, Good]] = {good.sku: good for good in GOODS}

BREWED: Final = ["KOP-101", "KOP-102", "KOP-103", "KOP-104", "KOP-105", "KOP-106"]
BEANS: Final = ["KOP-107", "KOP-108"]
DOUGHNUTS: Final = ["ROT-304", "ROT-305", "ROT-306"]
BREAD: Final = ["ROT-301", "ROT-302", "ROT-303", "ROT-310"]


class ShelfPick(NamedTuple):
    """One look into a shelf: with which chance something is taken, of what (sku -> weight), and how many at most."""

    chance: float
    goods: Mapping[str, int]
    most: int = 1


class Errand(NamedTuple):
    """Why someone comes: local hours in which they do, and what they look for, in that order."""

    first_hour: int
    last_hour: int
    picks: tuple[ShelfPick, ...]


_COFFEE: Final = {"KOP-101": 9, "KOP-102": 4, "KOP-103": 4, "KOP-104": 4, "KOP-105": 3, "KOP-106": 3}
_COLD: Final = {"MIN-201": 6, "MIN-204": 3, "MIN-207": 2, "MIN-208": 3}
_SWEETS: Final = {"ROT-304": 3, "ROT-305": 4, "ROT-306": 4, "ROT-307": 3, "ROT-308": 4, "ROT-309": 2}
_NOODLES: Final = {"SBK-601": 6, "SBK-602": 4}
_KITCHEN: Final = {"SBK-604": 4, "SBK-605": 4, "SBK-607": 2, "SBK-608": 2, "SBK-609": 3, "SBK-610": 3, "MIN-209": 2}
_HOME: Final = {"RMH-701": 3, "RMH-702": 2, "RMH-703": 3, "RMH-704": 3, "RMH-705": 3, "RMH-706": 3}
_SNACKS: Final = {"CAM-501": 4, "CAM-502": 3, "CAM-503": 3, "CAM-504": 2, "CAM-505": 3, "CAM-506": 1, "CAM-507": 2}

ERRANDS: Final[Mapping[str, Errand]] = {
    "breakfast": Errand(
        7,
        9,
        (
            ShelfPick(1.0, {**_COFFEE, "MIN-203": 3}),
            ShelfPick(0.55, {"ROT-301": 6, "ROT-310": 4, "ROT-302": 2}),
            ShelfPick(0.4, {"MKN-405": 5, "MKN-407": 3}),
            ShelfPick(0.15, {"ROT-309": 2, "ROT-307": 1}, 2),
        ),
    ),
    "lunch": Errand(
        11,
        13,
        (
            ShelfPick(1.0, {"MKN-401": 4, "MKN-402": 3, "MKN-403": 6, "MKN-404": 4, "MKN-406": 2}),
            ShelfPick(0.85, _COLD),
            ShelfPick(0.3, {"MKN-401": 2, "MKN-403": 3, "MKN-404": 2}),
            ShelfPick(0.25, _COLD),
            ShelfPick(0.2, _COFFEE),
        ),
    ),
    "afternoon": Errand(
        14,
        19,
        (
            ShelfPick(1.0, _COFFEE),
            ShelfPick(0.75, _SWEETS, 3),
            ShelfPick(0.5, {**_COFFEE, "MIN-202": 3, "MIN-206": 2, "MIN-205": 2}),
            ShelfPick(0.25, _SWEETS, 2),
            ShelfPick(0.1, _SNACKS),
        ),
    ),
    "groceries": Errand(
        8,
        20,
        (
            ShelfPick(0.7, _NOODLES, 6),
            ShelfPick(0.55, {"SBK-606": 5}),
            ShelfPick(0.25, {"SBK-603": 1}),
            ShelfPick(0.6, _KITCHEN, 2),
            ShelfPick(0.45, _HOME),
            ShelfPick(0.35, {"ROT-303": 4, "MIN-210": 3}, 2),
            ShelfPick(0.3, _SNACKS),
        ),
    ),
    "gifts": Errand(
        10,
        18,
        (
            ShelfPick(0.7, {"KOP-107": 3, "KOP-108": 2, "KOP-109": 2}),
            ShelfPick(0.6, _SNACKS, 2),
            ShelfPick(0.3, {"ROT-311": 1, "ROT-312": 1}),
            ShelfPick(0.4, _COFFEE),
        ),
    ),
    "iftar": Errand(
        16,
        18,
        (
            ShelfPick(0.8, {"MIN-201": 4, "MIN-204": 3, "KOP-106": 2, "MIN-207": 1}, 2),
            ShelfPick(0.7, {"ROT-308": 5, "ROT-309": 3, "ROT-307": 2}, 2),
            ShelfPick(0.5, {"MKN-401": 3, "MKN-403": 4, "MKN-404": 3}, 2),
            ShelfPick(0.35, {"SBK-612": 4, "SBK-611": 3}),
        ),
    ),
    "feast": Errand(
        9,
        19,
        (
            ShelfPick(0.75, {"ROT-311": 4, "ROT-312": 3}),
            ShelfPick(0.5, {"SBK-611": 4, "SBK-612": 2}, 2),
            ShelfPick(0.5, {"SBK-604": 2, "SBK-605": 3, "SBK-606": 3}),
            ShelfPick(0.3, _SNACKS, 2),
        ),
    ),
}
LEAST_RECEIPT: Final = 20_000
LARGEST_RECEIPT: Final = 200_000
"""What a visit comes to, before any discount."""

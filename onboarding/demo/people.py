"""Names as they are given in several regions, and contacts that belong to no one.

Phone numbers begin with 084, which the numbering plan has assigned to no operator; addresses are under the top-level
name `example`, which is reserved for examples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final, NamedTuple


class Region(NamedTuple):
    """First names of women and men, last names (`last_of_women` where they differ), and how many have one name only."""

    women: Sequence[str]
    men: Sequence[str]
    last: Sequence[str]
    last_of_women: Sequence[str] = ()
    one_name: float = 0.0


def _split_words(text: str) -> list[str]:
    return text.split()


JAVA: Final = Region(
    _split_words(
        "Sri Wahyuni Endang Ningsih Retno Dwi Tri Yuliana Lestari Puji Rini Wulan Indah Murni Sulastri Sekar Ayu"
    ),
    _split_words(
        "Bambang Agus Joko Slamet Sugeng Wahyu Eko Dwi Tri Heru Budi Hendro Suryo Teguh Arif Bayu Dimas Galih"
    ),
    _split_words("Santoso Wibowo Utomo Prasetyo Hartono Nugroho Saputro Widodo Kusuma Pranoto Hadi Purnomo Setyawan"),
    _split_words("Rahayu Susanti Astuti Lestari Handayani Wulandari Wibowo Santoso Hartono Kusuma Widyastuti Utami"),
    0.08,
)
SUNDA: Final = Region(
    _split_words("Euis Neneng Siti Imas Rina Tati Lilis Yani Nia Dewi Iis Elis Wiwin Teti Rosmiati Nurhayati"),
    _split_words("Asep Cecep Dadang Ujang Deden Iwan Yayan Tatang Dede Aep Rahmat Hendra Rizky Fajar Gilang"),
    _split_words("Sunandar Hidayat Suhendar Permana Kurniawan Nurjaman Sopandi Gunawan Setiawan Suryana Mulyana"),
    _split_words("Herlina Rohaeti Nurjaman Hidayat Permana Kurniasih Rohmah Suryani Sopiah Mulyani"),
    0.06,
)
BATAK: Final = Region(
    _split_words("Rotua Tiur Lasma Ruth Debora Ester Marlina Hotma Juliana Christina"),
    _split_words("Tigor Parlin Binsar Hotman Jhonson Saut Mangara Daniel Samuel Andreas"),
    _split_words(
        "Simanjuntak Sihombing Siregar Nainggolan Hutagalung Sinaga Panjaitan Situmorang Lubis Harahap Manurung"
    ),
)
MINANG: Final = Region(
    _split_words("Yuliarni Fitri Rahmi Desi Upik Nelva Gusnita Mila Reni"),
    _split_words("Rizal Zulkifli Afrizal Yusrizal Hendri Ilham Fauzan Syahrul Dodi"),
    _split_words("Chaniago Koto Piliang Tanjung Sikumbang Jambak Malik Putra"),
    _split_words("Chaniago Koto Piliang Tanjung Sikumbang Jambak Putri"),
)
BALI: Final = Region(
    ["Ni Wayan", "Ni Made", "Ni Nyoman", "Ni Ketut", "Ni Luh", "Ni Kadek", "Ni Putu"],
    ["I Wayan", "I Made", "I Nyoman", "I Ketut", "I Gede", "I Kadek", "I Putu"],
    _split_words("Sudiana Astawa Ardana Wirawan Darmawan Arimbawa Mahendra Yasa Suardana Adnyana Sanjaya Widiana"),
    _split_words("Suartini Lestari Sukerti Suryani Parwati Ariani Widiastuti Puspawati Sriasih Juliani"),
)
SULAWESI: Final = Region(
    ["Andi Tenri", "Andi Nurul", "Hasnah", "Rosdiana", "Meiske", "Jeane", "Herlina", "Nurlaila"],
    ["Andi Baso", "Daeng Rahman", "Syamsul", "Jufri", "Ronny", "Ferry", "Akbar", "Ridwan"],
    _split_words("Mappanyukki Lasut Rumondor Tumbelaka Hamzah Arifin Makmur Mandagi Basri Latief Sondakh Amiruddin"),
)
MALUKU: Final = Region(
    _split_words("Yohana Marlen Selvi Martha Adolfina Nona Fatimah Welhelmina Grace Salma"),
    _split_words("Yopi Johanis Marthen Abraham Hasan Semuel Bram Said Rudolf Ongky"),
    _split_words(
        "Pattiasina Latuconsina Tuhumury Lekatompessy Sahetapy Matulessy Leimena Tomasoa Salampessy Rumahorbo"
    ),
)
EAST: Final = Region(
    _split_words("Yosephina Maria Agustina Theresia Paulina Dorkas Elisabeth"),
    _split_words("Yohanes Petrus Markus Yulius Frans Benyamin Agustinus"),
    _split_words("Wenda Kambu Rumbiak Bere Seran Lamak Kogoya Wanggai Tallo Mandacan"),
)
CHINESE: Final = Region(
    _split_words("Felicia Jessica Lily Vivian Meilani Stephanie Linda Cynthia"),
    _split_words("Kevin Hendrik Andi Steven Johan Edwin Rudy William"),
    _split_words("Wijaya Halim Tanuwijaya Salim Gunawan Lim Kosasih Hartanto Susilo Tandiono"),
)
SUMATRA_AND_BORNEO: Final = Region(
    _split_words("Nurul Aisyah Rahmawati Zahra Cut Syarifah Hafizah Noor Mawar"),
    _split_words("Teuku Muhammad Ahmad Syahrial Rusdi Noor Irfan Yusuf Hamdan"),
    _split_words("Ramadhani Iskandar Hasibuan Syahputra Azhari Anwar Hakim Firdaus"),
    _split_words("Ramadhani Hasibuan Fadhilah Maulida Firdaus Azhari Safitri"),
)

LIVING_IN: Final[Mapping[str, Sequence[tuple[Region, int]]]] = {
    "Bandung": [(SUNDA, 10), (JAVA, 6), (BATAK, 2), (MINANG, 2), (CHINESE, 2), (SUMATRA_AND_BORNEO, 2)],
    "Denpasar": [(BALI, 12), (JAVA, 4), (SULAWESI, 1), (EAST, 2), (CHINESE, 1)],
    "Ambon": [(MALUKU, 13), (SULAWESI, 3), (JAVA, 2), (EAST, 2)],
}
MAIL_DOMAINS: Final = ("pelanggan.example", "surat.example", "kantor.example")


def draw_name(rng: Random, city: str) -> str:
    """Draw a person's full name, as a person from that city may be called."""
    regions = LIVING_IN[city]
    region = rng.choices([r for r, _ in regions], [weight for _, weight in regions])[0]
    is_woman = rng.random() < 0.58
    given = rng.choice(region.women if is_woman else region.men)
    if rng.random() < region.one_name:
        return given
    names = region.last_of_women if is_woman and region.last_of_women else region.last
    return f"{given} {rng.choice([name for name in names if name not in given])}"


def phone_of(number: int) -> str:
    """Return a number of its own for each customer, in the range that no one has."""
    return f"084{number % 10}{26_000_000 + number * 7_919 % 1_000_000:08d}"


def email_of(rng: Random, name: str, number: int) -> str:
    words = [word.lower() for word in name.split()]
    local = ".".join([words[0], words[-1]] if len(words) > 1 else words)
    return f"{local}{number}@{rng.choice(MAIL_DOMAINS)}"

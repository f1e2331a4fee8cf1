"""Every component on one page, with the awkward values: long names, Rp 0, Rp 1.250.000.000, nothing at all.

Served only with DEBUG on; tests open it in both languages and themes. Nothing here is a merchant's data.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from backoffice import charts
from backoffice.context import MerchantChoice, StaffSession
from backoffice.parts import Comparison, Event, Figure, Page, Tab, WizardStep, filter_chips
from common.languages import reader_language
from merchants.facts import MerchantFacts, Role

SAMPLE_MERCHANT: Final = MerchantFacts(
    id=UUID(int=1),
    name="Toko Roti & Kopi Sumber Rejeki Abadi",
    slug="sample",
    currency="IDR",
    currency_digits=0,
    timezone="Asia/Jakarta",
    day_starts_at=time(0),
    language="id",
    points_name="poin",
    points_valid_months=12,
    pending_days=0,
    join_bonus_points=0,
    max_debt_points=0,
    till_debt_limit_amount=0,
    refund_policy="debt",
    return_grace_days=0,
    claim_days=0,
)
NAMES: Final = (
    "Raden Mas Panji Aryo Kusumo Wicaksono Hadiningrat",
    "Siti Nurhaliza",
    "I Gusti Ngurah Agung Bagus Dharmawan",
    "Ani",
    "Yohanes Baptista Sinaga",
    "Kadek Wulan",
)
TIERS: Final = ("Bronze", "Silver", "Gold", "Platinum")
SEGMENTS: Final = ("new", "active", "loyal", "lapsed", None)
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "Jun", "Jul")


class SampleForm(forms.Form):
    title = forms.CharField(label="Nama internal", max_length=80)
    segment = forms.ChoiceField(label="Segmen", choices=[("lapsed", "Hilang")], help_text="Yang termasuk saat dikirim.")
    minimum = forms.CharField(label="Minimum belanja", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    days = forms.IntegerField(label="Berlaku", required=False)
    kind = forms.ChoiceField(label="Bentuk", choices=[("p", "Persen"), ("a", "Rupiah")], widget=forms.RadioSelect)
    body = forms.CharField(label="Isi", widget=forms.Textarea(attrs={"rows": 3}))
    control = forms.BooleanField(label="Sisihkan kelompok kontrol", required=False, help_text="Mereka tidak dikirimi.")


def style_guide(request: HttpRequest) -> HttpResponse:
    request.staff = StaffSession(  # type: ignore[attr-defined]
        merchant=SAMPLE_MERCHANT,
        role=Role.OWNER,
        person="Ni Luh Putu Ayu Kusumaningrum",
        choices=[MerchantChoice(UUID(int=1), SAMPLE_MERCHANT.name, True)],
    )
    return render(request, "backoffice/style_guide.html", sample_context())


def sample_context() -> dict[str, Any]:
    """Return what the style guide shows; the tests of components use it too."""
    language = reader_language()
    in_force = {"segment": "Segmen: Hilang", "outlet": "Outlet: Depok"}
    steps: dict[str, Literal["done", "current", "next"]] = {"Sasaran": "done", "Isi": "current", "Tinjau": "next"}
    return {
        "page": Page(rows=_sample_rows(), total=1284, older_url="?after=sample"),
        "tabs": [Tab("Semua", "?", current=True, count="1.284"), Tab("Poin habis", "?view=expiring", count="118")],
        "chips": filter_chips(QueryDict("segment=lapsed&outlet=depok"), in_force),
        "default_sort": "-last",
        "figures": _sample_figures(),
        "charts": [*_wide_charts(language), *_half_charts(language)],
        "form": _sample_form(),
        "steps": [WizardStep(label, state, "?") for label, state in steps.items()],
        "events": _sample_events(),
        "states": ["draft", "scheduled", "running", "paused", "finished", "cancelled", "revoked", "enabled", "failed"],
        "segments": SEGMENTS,
        "tiers": list(enumerate(TIERS, start=1)),
        "sample_at": datetime(2026, 11, 21, 7, 30, tzinfo=UTC),
    }


def _sample_rows() -> list[dict[str, Any]]:
    return [
        {
            "url": f"?member={i}",
            "name": name,
            "number": f"1000 {2000 + i * 37} {i}",
            "phone": f"+62812345678{i:02}",
            "segment": SEGMENTS[i % 5],
            "tier": TIERS[i % 4],
            "rank": i % 4 + 1,
            "balance": i * i * 370,
            "spend": 1_250_000_000 if i == 2 else i * 185_000,
            "last": date(2026, 11, 20) - timedelta(days=i * 9),
        }
        for i, name in enumerate(NAMES)
    ]


def _sample_figures() -> list[Figure]:
    up = Comparison("+3,1 poin persen", "up", "dibanding 1–21 Okt 2026: 61,1%")
    down = Comparison("-4,2%", "down", "dibanding 1–21 Okt 2026: 503")
    period = "1–21 Nov 2026"
    return [
        Figure(
            "Penjualan dari yang kembali",
            "64,2%",
            "Bagian penjualan bersih dari pembeli lama.",
            period,
            base="Rp 41,2 jt dari Rp 64,1 jt",
            comparison=up,
        ),
        Figure(
            "Member yang belanja",
            "482",
            "Sedikitnya satu pembelian.",
            period,
            base="37,5% dari 1.284 member",
            comparison=down,
            url="?bought=yes",
        ),
        Figure("Nilai poin beredar", "Rp\u00a01.250.000.000", "Poin aktif kali nilai poin.", "per 21 Nov 2026"),
        Figure(
            "Kenaikan bersih",
            _("Not proven yet"),
            "Tambahan belanja dibanding kelompok kontrol.",
            period,
            base="1.476 dikirimi, 164 kontrol",
        ),
    ]


def _wide_charts(language: str) -> list[charts.Chart]:
    head = charts.ChartHead(
        "sales",
        "Siapa yang membawa penjualan?",
        "Jan – Jul 2026",
        charts.amounts("IDR", language),
        note="Juli baru berjalan 21 hari. n = 8.412 struk.",
        csv_url="?format=csv",
    )
    back = charts.Series("Yang kembali", (12e6, 13e6, 19e6, 15e6, 16e6, 9e6))
    new = charts.Series("Baru", (8e6, 7e6, 9e6, 8e6, 7e6, 4e6), "series-2")
    lines = charts.ChartHead(
        "segments", "Bagaimana segmen berubah?", "Jan – Jul 2026", charts.counts("member", language)
    )
    counted = {
        "new": (120, 130, 90, 140, 110, 100),
        "active": (300, 310, 330, 350, 362, 380),
        "loyal": (80, 84, 90, 99, 104, 110),
        "lapsed": (200, 210, 230, 233, 260, 287),
    }
    series = [charts.Series(name.title(), values, name) for name, values in counted.items()]
    return [
        charts.column_chart(
            head=head, labels=MONTHS, series=[back, new], stacked=True, unfinished=5, label_column="Bulan"
        ),
        charts.line_chart(head=lines, labels=MONTHS, series=series, unfinished=5, label_column="Bulan"),
    ]


def _half_charts(language: str) -> list[charts.Chart]:
    members = charts.counts("member", language)
    sent = charts.ChartHead("funnel", "Apakah kampanye sampai dan dipakai?", "3–17 Nov 2026", members, size="half")
    effect = charts.ChartHead("effect", "Apakah kampanye penyebabnya?", "3–17 Nov 2026", charts.shares(), size="half")
    steps = [
        charts.Bar("Sasaran", 2000),
        charts.Bar("Berizin", 1640),
        charts.Bar("Terkirim", 1476),
        charts.Bar("Ditukar", 118),
    ]
    intervals = [
        charts.EstimateInterval("Dikirimi", 0.145, 0.128, 0.164, "1.476"),
        charts.EstimateInterval("Kelompok kontrol", 0.11, 0.07, 0.168, "164", "control"),
    ]
    return [
        charts.funnel_chart(head=sent, steps=steps, of_first="% dari sasaran", label_column="Langkah"),
        charts.interval_chart(head=effect, intervals=intervals, columns=["Kelompok", "Nilai", "Dari", "Sampai", "n"]),
    ]


def _sample_form() -> SampleForm:
    form = SampleForm({"title": "", "segment": "lapsed", "minimum": "20.000", "body": "Halo", "kind": "p"})
    form.fields["minimum"].unit_before = "Rp"  # type: ignore[attr-defined]
    form.fields["days"].unit_after = "hari"  # type: ignore[attr-defined]
    form.add_error("minimum", "Minimum belanja harus lebih besar dari potongan (Rp 20.000). Ubah salah satu.")
    return form


def _sample_events() -> list[Event]:
    return [
        Event(
            "21 Nov 2026, 14.30 WIB",
            "Belanja di Depok Margonda",
            icon="shopping-cart",
            actor="Kasir 2",
            detail="Struk TR-20261121-0481, Rp 185.000",
            amount="+18 poin",
            url="?sale=1",
        ),
        Event(
            "20 Nov 2026, 09.12 WIB",
            "Poin disesuaikan",
            icon="adjustments-horizontal",
            actor="Ni Luh Putu Ayu",
            reason="Struk lama belum tercatat",
            before="1.222 poin",
            after="1.240 poin",
            amount="+18 poin",
        ),
        Event("1 Nov 2026, 00.05 WIB", "Naik tingkat", icon="award", before="Silver", after="Gold", actor="sistem"),
    ]

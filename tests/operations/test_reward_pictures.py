"""Pictures of rewards: encoded by us, or refused."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from common.errors import BadInput, Missing
from rewards.catalogue.models import RewardPicture
from rewards.catalogue.operations import (
    clean_picture,
    remove_picture,
    set_picture,
)
from rewards.catalogue.queries import (
    picture,
    reward_list,
)
from tests.operations.test_rewards import STAFF, reward, shop
from tests.sales_shop import NOW, SellingShop

__all__ = ["shop"]
pytestmark = pytest.mark.django_db


def image(size: tuple[int, int] = (300, 200), form: str = "JPEG", **options: Any) -> bytes:
    out = BytesIO()
    mode = options.pop("mode", "RGB")
    Image.new(mode, size, (200, 30, 30, 128)[: len(mode)]).save(out, form, **options)
    return out.getvalue()


def test_a_picture_is_encoded_again_without_what_came_with_it(shop: SellingShop) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    exif[0x0112] = 6
    raw = image((1600, 1000), exif=exif) + b"<script>alert(1)</script>"
    clean = clean_picture(raw)
    assert (clean.width, clean.height) == (500, 800)
    assert b"secret" not in clean.content
    assert b"script" not in clean.content
    with Image.open(BytesIO(clean.content)) as read:
        assert (read.format, read.size, dict(read.getexif())) == ("WEBP", (500, 800), {})
    bag = reward(shop)
    set_picture(merchant=shop.merchant, reward_id=bag, picture=clean, alt="Tas merah", at=NOW, actor=STAFF)
    set_picture(
        merchant=shop.merchant,
        reward_id=bag,
        picture=clean_picture(image(form="PNG", mode="RGBA")),
        alt="Tas",
        at=NOW,
        actor=STAFF,
    )
    shown = reward_list(merchant=shop.merchant)[0]
    assert picture(merchant=shop.merchant, reward_id=bag, content_hash=shown.picture_hash)[:4] == b"RIFF"
    with pytest.raises(Missing):
        picture(merchant=shop.merchant, reward_id=bag, content_hash=clean.content_hash)
    assert RewardPicture.objects.filter(merchant_id=shop.merchant.id).count() == 1
    remove_picture(merchant=shop.merchant, reward_id=bag, at=NOW, actor=STAFF)
    assert reward_list(merchant=shop.merchant)[0].picture_hash == ""


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unreadable"),
        (image(form="GIF"), "unreadable"),
        (image(form="BMP"), "unreadable"),
        (image()[:200], "unreadable"),
        (image((40, 400)), "too_small"),
        (image((6_000, 4_001), form="PNG"), "too_many_pixels"),
        (b"\xff\xd8\xff" + b"0" * 5_000_001, "too_large"),
    ],
    ids=["empty", "svg", "gif", "bmp", "cut off", "small", "huge", "large"],
)
def test_what_is_no_such_picture_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(BadInput) as bad:
        clean_picture(raw)
    assert [(e.pointer, e.code) for e in bad.value.errors] == [("picture", code)]

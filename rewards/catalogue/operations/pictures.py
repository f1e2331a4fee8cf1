"""Pictures of rewards: decoded, made small and encoded again by us, so that nothing but the picture is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Final
from uuid import UUID

from PIL import Image, ImageOps, UnidentifiedImageError

from common.errors import BadInput, FieldError
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.catalogue.models import RewardPicture
from rewards.catalogue.operations.catalogue import lock_reward

MOST_BYTES: Final = 5_000_000
MOST_PIXELS: Final = 24_000_000
LEAST_SIDE: Final = 64
LONGEST_SIDE: Final = 800
FORMATS: Final = ("JPEG", "PNG", "WEBP")
QUALITY: Final = 80


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A WebP of at most 800 pixels a side, without metadata."""

    content: bytes
    width: int
    height: int

    @property
    def content_hash(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def clean_picture(raw: bytes) -> CleanPicture:
    """Read JPEG, PNG or WebP and write its pixels again, turned upright. Raises BadInput('picture').

    The size is read from the head before a pixel is decoded, so that a small file cannot unfold into a huge picture.
    """
    if len(raw) > MOST_BYTES:
        raise _bad_picture("too_large", "The file is larger than 5 MB. Save it smaller and try again.")
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise _bad_picture("too_many_pixels", "The picture has more than 24 million pixels. Save it smaller.")
            if min(opened.size) < LEAST_SIDE:
                raise _bad_picture(
                    "too_small", "The picture is smaller than 64 pixels on one side. Choose a larger one."
                )
            upright = ImageOps.exif_transpose(opened)
            plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _bad_picture(
            "unreadable", "This is no JPEG, PNG or WebP picture that we can read. Choose another."
        ) from error
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    plain.info.clear()
    out = BytesIO()
    plain.save(out, "WEBP", quality=QUALITY, method=4)
    return CleanPicture(out.getvalue(), plain.width, plain.height)


def set_picture(
    *, merchant: MerchantFacts, reward_id: UUID, picture: CleanPicture, alt: str, at: datetime, actor: Actor
) -> None:
    """Set the reward's one picture; the address of an older one is gone. Raises Missing('reward_not_found')."""
    row = lock_reward(merchant, reward_id)
    RewardPicture.objects.update_or_create(
        merchant_id=merchant.id,
        reward_id=row.id,
        defaults={
            "content": picture.content,
            "content_hash": picture.content_hash,
            "width": picture.width,
            "height": picture.height,
            "created_at": at,
        },
    )
    before = row.picture_hash
    row.picture_hash, row.picture_alt = picture.content_hash, alt.strip()[:160]
    row.save(update_fields=["picture_hash", "picture_alt"])
    _audit_picture(merchant, row.id, before, row.picture_hash, at=at, actor=actor)


def describe_picture(*, merchant: MerchantFacts, reward_id: UUID, alt: str) -> None:
    """Describe the picture in words, for readers who cannot see it. Raises Missing('reward_not_found')."""
    row = lock_reward(merchant, reward_id)
    row.picture_alt = alt.strip()[:160]
    row.save(update_fields=["picture_alt"])


def remove_picture(*, merchant: MerchantFacts, reward_id: UUID, at: datetime, actor: Actor) -> None:
    """Remove the picture, if there is one. Raises Missing('reward_not_found')."""
    row = lock_reward(merchant, reward_id)
    if not row.picture_hash:
        return
    RewardPicture.objects.filter(merchant_id=merchant.id, reward_id=row.id).delete()
    before, row.picture_hash, row.picture_alt = row.picture_hash, "", ""
    row.save(update_fields=["picture_hash", "picture_alt"])
    _audit_picture(merchant, row.id, before, "", at=at, actor=actor)


def _audit_picture(
    merchant: MerchantFacts, reward_id: UUID, before: str, after: str, *, at: datetime, actor: Actor
) -> None:
    record_audit(
        merchant=merchant,
        actor=actor,
        action="reward.picture_changed",
        at=at,
        subject=("reward", reward_id),
        before={"picture": before},
        after={"picture": after},
    )


def _bad_picture(code: str, words: str) -> BadInput:
    return BadInput([FieldError("picture", code, words)])

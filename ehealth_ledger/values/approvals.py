"""Name what an approval allows, and how a patient confirms one."""

from __future__ import annotations

from typing import Literal

AccessLevel = Literal["read", "write"]
ConfirmationMethod = Literal["OTP", "OFFLINE", "THIRD_PERSON"]

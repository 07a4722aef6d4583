"""Name the kinds of contracts (section 2.6)."""

from __future__ import annotations

from typing import Literal

ContractKind = Literal["CAPITATION", "MEDICAL_SERVICES", "REIMBURSEMENT"]

"""Fix the limits of version 1 of the verification policy.

Every verdict names the version it was reached under, so a limit changes only by adding a version:
an auditor must be able to reach an old verdict by the rules of its day. The closed table of suites
(`algorithms.py`) belongs to the policy too.
"""

from __future__ import annotations

from typing import Final

POLICY: Final = "ehealth/policy/1"

CONTAINER_BYTES_MAX: Final = 4 * 1024 * 1024
EMBEDDED_CERTIFICATES_MAX: Final = 8  # the signer's included; parsing more is work for nothing
JWS_HEADER_BYTES_MAX: Final = 32 * 1024  # base64url; eight certificates of 2 kB fit
PATH_CERTIFICATES_MAX: Final = 4  # signer and anchor included
RSA_BITS_MIN: Final = 2048

# The one extension that may be critical although nothing here reads it: it states under which rules
# the certificate was issued, and every anchor of the trust store is trusted for all of its
# policies.
CERTIFICATE_POLICIES_OID: Final = "2.5.29.32"

# Bounds of the caches, in entries. A parsed certificate weighs about 5 kB.
CACHED_CERTIFICATES_MAX: Final = 16_384
CACHED_PATHS_MAX: Final = 16_384

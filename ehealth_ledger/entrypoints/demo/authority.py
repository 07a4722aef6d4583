"""Run a certificate authority of invented people, for the demonstration and the tests.

A root, an issuing authority below it, signers below that, and a revocation list of each authority.
Keys lie unencrypted in the folder: nothing issued here is worth anything outside the deployment
that trusts this root.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ehealth_ledger.verification.trust_store import FORMAT

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
KeyName = Literal["ecdsa-p256", "ecdsa-p384", "rsa-2048", "ed25519"]

AUTHORITY_VALIDITY: Final = timedelta(days=3650)
SIGNER_VALIDITY: Final = timedelta(days=730)
# Certificates and lists speak from an hour before their making: machines of one demonstration may
# differ in time.
BACKDATED: Final = timedelta(hours=1)

_KEYS: Final[Mapping[KeyName, Callable[[], PrivateKey]]] = MappingProxyType(
    {
        "ecdsa-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ecdsa-p384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "rsa-2048": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }
)


@dataclass(frozen=True)
class Credential:
    """A signer's key and certificate, and the authorities' certificates below the root."""

    key: PrivateKey
    certificate: bytes  # DER
    chain: tuple[bytes, ...] = ()  # DER, the issuer first, the root left out

    def save(self, folder: Path, name: str) -> None:
        """Write key, certificate and chain under a name."""
        folder.mkdir(parents=True, exist_ok=True)
        _save_key(folder / f"{name}.key", self.key)
        (folder / f"{name}.cer").write_bytes(self.certificate)
        chain = [b64encode(link).decode("ascii") for link in self.chain]
        (folder / f"{name}.chain.json").write_text(json.dumps(chain), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, name: str) -> Credential:
        """Read what `save` wrote."""
        chain = json.loads((folder / f"{name}.chain.json").read_text(encoding="utf-8"))
        return cls(
            key=_load_key(folder / f"{name}.key"),
            certificate=(folder / f"{name}.cer").read_bytes(),
            chain=tuple(b64decode(link) for link in chain),
        )


@dataclass
class Authority:
    """A root and an issuing authority, and the serial numbers each has revoked."""

    name: str
    created_at: datetime
    root_key: PrivateKey
    root: x509.Certificate
    issuing_key: PrivateKey
    issuing: x509.Certificate
    revoked: dict[int, datetime] = field(default_factory=dict)

    @classmethod
    def create(cls, name: str, now: datetime) -> Authority:
        """Make both authorities anew, with keys on P-256."""
        root_key, issuing_key = _KEYS["ecdsa-p256"](), _KEYS["ecdsa-p256"]()
        root_name = _name((NameOID.COUNTRY_NAME, "UA"), (NameOID.COMMON_NAME, f"{name} Root"))
        issuing_name = _name((NameOID.COUNTRY_NAME, "UA"), (NameOID.COMMON_NAME, f"{name} Issuing"))
        validity = (now - BACKDATED, now + AUTHORITY_VALIDITY)
        root = _sign(
            authority_profile(root_key, root_name, root_name, root_key, validity, path_length=1),
            root_key,
        )
        issuing = _sign(
            authority_profile(issuing_key, issuing_name, root_name, root_key, validity),
            root_key,
        )
        return cls(name, now, root_key, root, issuing_key, issuing)

    def issue(
        self,
        person_name: str,
        tax_id: str,
        edrpou: str | None = None,
        organisation: str | None = None,
        key: KeyName = "ecdsa-p256",
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Credential:
        """Issue a signer's certificate as ETSI EN 319 412-1 and -2 form its subject."""
        private_key = _KEYS[key]()
        identity = [
            (NameOID.COUNTRY_NAME, "UA"),
            (NameOID.COMMON_NAME, person_name),
            (NameOID.SERIAL_NUMBER, f"TINUA-{tax_id}"),
        ]
        if organisation is not None:
            identity.append((NameOID.ORGANIZATION_NAME, organisation))
        if edrpou is not None:
            identity.append((NameOID.ORGANIZATION_IDENTIFIER, f"NTRUA-{edrpou}"))
        start = not_before or self.created_at - BACKDATED
        end = not_after or start + SIGNER_VALIDITY
        return self.certify(
            private_key, self.signer_profile(private_key, _name(*identity), (start, end))
        )

    def signer_profile(
        self, key: PrivateKey, subject: x509.Name, validity: tuple[datetime, datetime]
    ) -> x509.CertificateBuilder:
        """Fill in a signer's certificate, ready for further extensions and `certify`."""
        return _profile(
            key, subject, self.issuing.subject, self.issuing_key, validity
        ).add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)

    def certify(self, key: PrivateKey, profile: x509.CertificateBuilder) -> Credential:
        """Sign a filled-in certificate as the issuing authority."""
        certificate = _sign(profile, self.issuing_key)
        return Credential(key, _der(certificate), (_der(self.issuing),))

    def revoke(self, credential: Credential, when: datetime) -> None:
        """Name a certificate in every list made from now on."""
        certificate = x509.load_der_x509_certificate(credential.certificate)
        self.revoked[certificate.serial_number] = when

    def crl(self, now: datetime, valid_days: int = 7) -> bytes:
        """Make the issuing authority's revocation list, in DER."""
        return _list(self.issuing, self.issuing_key, self.revoked, now, valid_days)

    def crls(self, now: datetime, valid_days: int = 7) -> tuple[bytes, bytes]:
        """Make the lists of both authorities: the issuing one's, then the root's."""
        return self.crl(now, valid_days), _list(self.root, self.root_key, {}, now, valid_days)

    def trust_store(self) -> bytes:
        """Write the trust-store file that trusts this root."""
        store = {
            "format": FORMAT,
            "anchors": [
                {
                    "certificate": b64encode(_der(self.root)).decode("ascii"),
                    "valid_from": _utc(self.root.not_valid_before_utc),
                    "valid_until": _utc(self.root.not_valid_after_utc),
                }
            ],
            "intermediates": [b64encode(_der(self.issuing)).decode("ascii")],
        }
        return json.dumps(store, indent=1, sort_keys=True).encode("ascii")

    def save(self, folder: Path) -> None:
        """Write keys, certificates and revocations into a folder."""
        Credential(self.root_key, _der(self.root)).save(folder, "root")
        Credential(self.issuing_key, _der(self.issuing)).save(folder, "issuing")
        state = {
            "name": self.name,
            "created_at": self.created_at.isoformat(),
            "revoked": {str(serial): when.isoformat() for serial, when in self.revoked.items()},
        }
        (folder / "authority.json").write_text(
            json.dumps(state, ensure_ascii=False), encoding="utf-8"
        )

    @classmethod
    def load(cls, folder: Path) -> Authority:
        """Read what `save` wrote."""
        state = json.loads((folder / "authority.json").read_text(encoding="utf-8"))
        root, issuing = Credential.load(folder, "root"), Credential.load(folder, "issuing")
        return cls(
            name=state["name"],
            created_at=datetime.fromisoformat(state["created_at"]),
            root_key=root.key,
            root=x509.load_der_x509_certificate(root.certificate),
            issuing_key=issuing.key,
            issuing=x509.load_der_x509_certificate(issuing.certificate),
            revoked={
                int(serial): datetime.fromisoformat(when)
                for serial, when in state["revoked"].items()
            },
        )


def authority_profile(
    key: PrivateKey,
    subject: x509.Name,
    issuer: x509.Name,
    issuer_key: PrivateKey,
    validity: tuple[datetime, datetime],
    *,
    path_length: int = 0,
) -> x509.CertificateBuilder:
    """Fill in an authority's certificate, ready to be signed."""
    return (
        _profile(key, subject, issuer, issuer_key, validity)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )


def _profile(
    key: PrivateKey,
    subject: x509.Name,
    issuer: x509.Name,
    issuer_key: PrivateKey,
    validity: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    authority_key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    subject_key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(subject_key_id, critical=False)
        .add_extension(authority_key_id, critical=False)
    )


def _list(
    issuer: x509.Certificate,
    key: PrivateKey,
    revoked: Mapping[int, datetime],
    now: datetime,
    valid_days: int,
) -> bytes:
    authority_key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now - BACKDATED)
        .next_update(now + timedelta(days=valid_days))
        .add_extension(authority_key_id, critical=False)
        .add_extension(x509.CRLNumber(int(now.timestamp() * 1_000_000)), critical=False)
    )
    for serial, when in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def _sign(profile: x509.CertificateBuilder, key: PrivateKey) -> x509.Certificate:
    return profile.sign(key, hashes.SHA256())


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _save_key(file: Path, key: PrivateKey) -> None:
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(
            Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _load_key(file: Path) -> PrivateKey:
    return cast("PrivateKey", serialization.load_pem_private_key(file.read_bytes(), password=None))

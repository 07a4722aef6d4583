"""Restrict FHIR R4 (4.0.1) resources to the profiles this ledger accepts: closed models, every field named."""

"""Restrict FHIR R4 (4.0.1) resources to the profiles this ledger accepts.

The models are closed: every field is named.
"""

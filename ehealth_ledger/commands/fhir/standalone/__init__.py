"""Profile what is recorded outside an encounter package: reports, procedures, specimens.

Inside a package the same FHIR resources name their encounter; here they name the referral they
answer, electronic or on paper.
"""

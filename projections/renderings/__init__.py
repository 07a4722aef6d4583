"""Write one statement for other eyes: as a table, a workbook, a page, a FHIR resource."""

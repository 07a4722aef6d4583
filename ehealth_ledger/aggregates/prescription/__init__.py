"""Judge prescriptions: state, issue, withdrawal; their dispenses stand in the same stream."""

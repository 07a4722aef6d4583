"""Hold the small values everything else is made of: identifiers, money, periods, codes."""

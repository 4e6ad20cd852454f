"""Services offered to persons assisted, their capacity, and places held; never the persons themselves."""

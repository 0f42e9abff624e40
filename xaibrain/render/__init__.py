"""Pictures for people: overlays, contact sheets, class grids."""

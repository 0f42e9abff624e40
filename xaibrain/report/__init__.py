"""A run as one page that can be opened anywhere: numbers packed small, coloured in the browser."""

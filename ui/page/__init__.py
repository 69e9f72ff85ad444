"""The page: what it shows, as HTML, style and script, and the routes that it alone speaks to."""

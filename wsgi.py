"""For any WSGI server: `app` with the settings of the environment."""

from app.config import load_settings
from app.factory import create_app

app = create_app(load_settings())

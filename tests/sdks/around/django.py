"""Opens the page that fails, as somebody with a browser would."""
import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
django.setup()

from django.test import Client  # only after the set-up

answer = Client(raise_request_exception=False, headers={"host": "localhost"}).get("/rollcage-test/")
assert answer.status_code == 500, answer

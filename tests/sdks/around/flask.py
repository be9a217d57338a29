"""Opens the page that fails, as somebody with a browser would."""
from app import app

answer = app.test_client().get("/rollcage-test")
assert answer.status_code == 500, answer

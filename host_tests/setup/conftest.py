"""A twin as out of the box, with a simulated radio."""

import pytest

from fixtures import needs
from fixtures.setup_phone import Phone, fresh


@pytest.fixture
def out_of_the_box(tmp_path):
    """A function that starts such a Twin, and ends it after the test: (Twin, Phone)."""
    needs.micropython("i386")
    made = []

    def start(**options):
        twin = fresh(tmp_path, **options)
        made.append(twin)
        phone = Phone(twin.client.port)
        phone.wait(twin, "/session.json", lambda told: True)
        return twin, phone

    yield start
    for twin in made:
        twin.stop()

"""What a browser posts for a plain, valid request, without the hidden fields of its form."""

PLAIN_REQUEST = {
    "for_whom": "me",
    "name": "Rosa Diaz",
    "phone": "(212) 555-0142",
    "email": "",
    "reach_by": "call",
    "good_time": "any",
    "part_of_day": "any",
    "location": "any",
    "language": "en",
    "note": "",
    "consent": "on",
}

"""URLs in Django templates: add `thumborlike.client.django` to INSTALLED_APPS, and say where.

    THUMBORLIKE = {"server": "https://img.example.com", "key": "...", "signer": "hmac_sha1"}

    {% load images %}
    <img src="{% image_url 'lake.jpg' width=300 height=200 %}">
    {% picture photo.name alt=photo.title widths='320,640' width=4 height=3 %}

Without THUMBORLIKE, the names of django-thumbor are read: THUMBOR_SERVER and
THUMBOR_SECURITY_KEY.
"""

"""The tags of Jinja2 and Django."""

from types import SimpleNamespace

import pytest

from thumborlike.client import Images

SERVER = "https://img.example.com"


@pytest.fixture
def jinja():
    jinja2 = pytest.importorskip("jinja2")
    from thumborlike.client.jinja import install

    environment = jinja2.Environment(autoescape=True)
    install(environment, Images(SERVER))
    return lambda text, **values: environment.from_string(text).render(values)


def test_jinja_filters_and_functions(jinja):
    url = f"{SERVER}/unsafe/300x200/lake.jpg"
    assert jinja("{{ 'lake.jpg' | image_url(width=300, height=200) }}") == url
    assert jinja("{{ image_url('lake.jpg', width=300, height=200) }}") == url
    found = jinja("{{ name | srcset(widths=[30]) }}", name="lake.jpg")
    assert found == f"{SERVER}/unsafe/30x0/lake.jpg 30w"
    found = jinja("{{ name | densities(width=30) }}", name="lake.jpg")
    assert found.endswith("60x0/lake.jpg 2x")


def test_jinja_escapes_what_is_not_markup(jinja):
    found = jinja("{{ picture(name, [30], alt=alt) }}", name="<a>.jpg", alt='"<b>')
    assert found.startswith("<picture><source type=")
    assert "<a>" not in found
    assert "<b>" not in found
    assert "&quot;&lt;b&gt;" in found


@pytest.fixture(scope="module")
def django():
    pytest.importorskip("django")
    from django.apps import apps
    from django.conf import settings
    from django.template import Context, Engine

    if not settings.configured:
        settings.configure(
            INSTALLED_APPS=["thumborlike.client.django"], THUMBORLIKE={"server": SERVER}
        )
        apps.populate(settings.INSTALLED_APPS)
    libraries = {"images": "thumborlike.client.django.templatetags.images"}
    engine = Engine(libraries=libraries)

    def render(text, **values):
        return engine.from_string("{% load images %}" + text).render(Context(values))

    return render


def test_django_tags(django):
    url = f"{SERVER}/unsafe/300x200/lake.jpg"
    assert django("{% image_url 'lake.jpg' width=300 height=200 %}") == url
    photo = SimpleNamespace(name="lake.jpg")
    assert django("{% image_url photo width=300 height=200 %}", photo=photo) == url
    found = django("{% image_url 'lake.jpg' filters='blur(2):grayscale()' %}")
    assert found == f"{SERVER}/unsafe/filters:blur(2):grayscale()/lake.jpg"
    found = django("{% srcset 'lake.jpg' widths='30, 60' %}")
    assert found == f"{SERVER}/unsafe/30x0/lake.jpg 30w, {SERVER}/unsafe/60x0/lake.jpg 60w"
    assert django("{% densities 'lake.jpg' width=30 %}").endswith("60x0/lake.jpg 2x")


def test_django_escapes_what_is_not_markup(django):
    found = django(
        "{% picture name widths='30' formats='webp' alt=alt %}", name="<a>.jpg", alt="<b>"
    )
    assert found.count("<source") == 1
    assert "<a>" not in found
    assert "<b>" not in found


def test_django_reads_the_names_of_django_thumbor(django):
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.test import override_settings

    with override_settings(THUMBORLIKE=None, THUMBOR_SERVER="//old", THUMBOR_SECURITY_KEY="k"):
        found = django("{% image_url 'lake.jpg' width=30 %}")
        assert found == Images("//old", "k").url("lake.jpg", width=30)
    with override_settings(THUMBORLIKE={}), pytest.raises(ImproperlyConfigured):
        django("{% image_url 'lake.jpg' %}")
    assert settings.THUMBORLIKE == {"server": SERVER}

"""Faces are found where they are, by the network or by a cascade file."""

import sys
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from thumborlike.detectors import face, glasses, profile, settings

ASTRONAUT = Path(__file__).with_name("astronaut.jpg")
"""NASA, public domain: the portrait of an astronaut, her face round (141, 73)."""

np = pytest.importorskip("numpy", reason="needs thumborlike[faces]")


class Env:
    def section(self, kind):
        return kind()


@pytest.fixture
def detector():
    return face.create(Env())


def portrait():
    return Image.open(ASTRONAUT).convert("RGB")


def test_a_face_is_found(detector):
    (found,) = detector.detect(portrait())
    assert found.origin == "Face Detection"
    assert abs(found.x - 141) < 15 and abs(found.y - 70) < 15
    assert 40 < found.width < 90
    assert found.weight == found.width * found.height
    assert found.confidence > 0.8


def test_a_mirrored_face_is_found_on_the_other_side(detector):
    (found,) = detector.detect(ImageOps.mirror(portrait()))
    assert abs(found.x - (320 - 141)) < 15


@pytest.mark.parametrize("place", [(0, 0), (256, 84)])
def test_a_small_face_in_a_large_picture_is_found(detector, place):
    scene = Image.new("RGB", (512, 340), "steelblue")
    scene.paste(portrait().resize((256, 256)), place)
    (found,) = detector.detect(scene)
    assert abs(found.x - place[0] - 113) < 15 and abs(found.y - place[1] - 56) < 15


def test_two_faces_far_apart_are_found(detector):
    scene = Image.new("RGB", (512, 170), "grey")
    scene.paste(portrait().resize((170, 170)), (0, 0))
    scene.paste(portrait().resize((170, 170)), (342, 0))
    assert len(detector.detect(scene)) == 2


@pytest.mark.parametrize("size", [(512, 512), (512, 8), (1, 1), (3, 400)])
def test_there_is_no_face_in_nothing(detector, size):
    assert detector.detect(Image.new("RGB", size, "white")) == []


def test_thumbors_other_names_find_faces_too():
    for module in (profile, glasses):
        assert module.create(Env()).detect(portrait())


def test_a_cascade_file_is_used_where_opencv_reads_it(tmp_path, monkeypatch):
    asked = []

    class Classifier:
        def __init__(self, path):
            self.path = path

        def detectMultiScale(self, grey, growth, neighbours, minSize):  # noqa: N802, N803
            asked.append((self.path, grey.shape, growth, neighbours, minSize))
            return np.array([[100, 50, 40, 40]])

    class OpenCv:
        CascadeClassifier = Classifier

    monkeypatch.setitem(sys.modules, "cv2", OpenCv)
    file = tmp_path / "own.xml"
    file.write_text("<cascade/>")

    class Own:
        def section(self, kind):
            return settings.CascadeSettings(face_detector_cascade_file=str(file))

    (found,) = face.create(Own()).detect(portrait())
    assert asked == [(str(file), (320, 320), 1.2, 4, (21, 21))]
    assert (found.x, found.y, found.weight) == (120, 50 - 0.12 * 40 + 20, 1600)


def test_opencv_5_reads_no_cascades(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", object())
    file = tmp_path / "own.xml"
    file.write_text("<cascade/>")

    class Own:
        def section(self, kind):
            return settings.CascadeSettings(face_detector_cascade_file=str(file))

    assert isinstance(face.create(Own()), face.Faces)

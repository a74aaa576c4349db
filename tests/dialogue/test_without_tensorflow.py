from __future__ import annotations

import subprocess
import sys

import pytest

from bot.dialogue.without_tensorflow import Absent

INSTALL = "from bot.dialogue.without_tensorflow import install; install(); "


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    "code",
    [
        "import tensorflow; import tensorflow.keras.layers; from tensorflow.python.ops import gen; import keras",
        "import tensorflow as tf; tf.a.b.c; tf.function(lambda: 1); tf.keras.Model().fit(1, 2)",
        "import tensorflow as tf\nclass Layer(tf.keras.layers.Layer, name='x'): pass",
        "import tensorflow as tf\n@tf.function\ndef f(): return 7\nassert f() == 7",
        "import tensorflow as tf\ntry: isinstance(1, tf.Tensor)\nexcept TypeError: raise SystemExit(1)",
        "import sys\ninstall()\nassert sum(type(f).__name__ == '_Finder' for f in sys.meta_path) == 1",
    ],
)
def test_the_empty_package_gives_whatever_is_asked_for(code: str) -> None:
    ran = python(f"{INSTALL}\n{code}")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_where_tensorflow_is_there_already_it_stays() -> None:
    ran = python(
        "import sys, types; sys.modules['tensorflow'] = there = types.ModuleType('tensorflow')\n"
        f"{INSTALL}\nimport tensorflow; assert tensorflow is there"
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_rasa_starts_without_tensorflow() -> None:
    ran = python(
        "from bot.dialogue.agent import prepare; prepare()\n"
        "import rasa.core.agent, rasa.engine.recipes.default_recipe\n"
        "assert not any('libtensorflow' in line for line in open('/proc/self/maps'))"
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_what_is_absent_has_no_private_names() -> None:
    with pytest.raises(AttributeError):
        _ = Absent.__version__

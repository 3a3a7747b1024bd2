"""What all tests share: how Hypothesis searches."""

from hypothesis import settings

# The same examples everywhere: a test that fails does so for everyone. Compilers are slow the first time.
settings.register_profile("course", deadline=None, derandomize=True)
settings.load_profile("course")

"""The operations of the simulated API: from parameters to rows."""

import importlib
import pkgutil

# Importing a module registers its operations, so a new file needs no line here.
for _module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
    importlib.import_module(f"{__name__}.{_module}")

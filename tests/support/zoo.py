# ruff: noqa: E501  # a kind is one line: as a table it can be read
"""Kinds of values that a checkpoint must carry, and kinds that it must refuse: source text, run in real processes.

Run as a program it is one of those processes: `zoo.py save FOLDER` or `zoo.py load FOLDER`, under any CPython
from 3.10 on, with results as JSON on the last line.  Each kind has a namespace of its own, a fresh __main__.
"""

from __future__ import annotations

import hashlib
import json
import sys
import traceback
import types
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Kind:
    """made: what cells ran before the save; holds: what must run without an error after the load."""

    name: str
    made: str
    holds: str
    needs: str = ""  # libraries, without which the kind is left out
    since: tuple[int, int] = (3, 10)


# fmt: off
SAVED = [
    Kind("scalars", "a, b, c, d = None, True, 1.5, 2j", "assert (a, b, c, d) == (None, True, 1.5, 2j)"),
    Kind("huge int", "n = 7 ** 100_000", "assert n == 7 ** 100_000"),
    Kind("text with surrogates", "s = 'a\\udc80b\\0é'", "assert s == 'a\\udc80b\\0é'"),
    Kind("bytes", "b = bytes(range(256)) * 1000; m = bytearray(b)", "assert bytes(m) == b == bytes(range(256)) * 1000"),
    Kind("nan keys", "nan = float('nan'); d = {nan: 1}", "assert d[nan] == 1"),
    Kind("aliases", "a = [1]; b = a; c = {'x': a}", "assert a is b and c['x'] is a"),
    Kind("self-reference", "a = []; a.append(a); d = {}; d['me'] = d", "assert a[0] is a and d['me'] is d"),
    Kind("tuple in itself", "t = ([],); t[0].append(t)", "assert t[0][0] is t"),
    Kind("shared in tuple", "l = []; t = (l, 1); u = (l, 2)", "assert t[0] is l and u[0] is l"),
    Kind("sets", "s = {1, (2, 3)}; f = frozenset(s)", "assert s == f == {1, (2, 3)} and type(f) is frozenset"),
    Kind("slices and ranges", "s = slice(1, 2); r = range(3)", "assert s == slice(1, 2) and r == range(3)"),
    Kind("singletons", "e, n, t = ..., NotImplemented, type(None)", "assert e is ... and n is NotImplemented and t is type(None)"),
    Kind("function", "k = 2\ndef f(x):\n    return x * k", "assert f(3) == 6\nk = 5\nassert f(3) == 15\nassert f.__globals__ is globals()"),
    Kind("default values", "l = []\ndef f(x, y=l, *, z=3):\n    'doc'\n    return y, z", "assert f(1)[0] is l and f(1)[1] == 3 and f.__doc__ == 'doc'"),
    Kind("function attributes", "def f(): pass\nf.calls = [1]", "assert f.calls == [1]"),
    Kind("annotations", "def f(x: int) -> str: return ''", "assert f.__annotations__ in ({'x': int, 'return': str},)"),
    Kind("recursive function", "def f(n):\n    return 1 if n < 2 else n * f(n - 1)", "assert f(5) == 120"),
    Kind("functions that call each other", "def odd(n): return n and even(n - 1)\ndef even(n): return not n or odd(n - 1)", "assert even(10) and not odd(10)"),
    Kind("function that sets a global", "n = 0\ndef f():\n    global n\n    n += 1", "f(); f(); assert n == 2"),
    Kind("lambda in a dict", "d = {'f': lambda x: x + 1}", "assert d['f'](1) == 2"),
    Kind("function under two names", "def f(): pass\ng = f; d = {1: f}", "assert f is g and d[1] is f"),
    Kind("closure cells", "def make():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n    def get():\n        return n\n    return up, get\nup, get = make(); up()", "up(); assert get() == 2"),
    Kind("recursive closure", "def make():\n    def f(n):\n        return n and n + f(n - 1)\n    return f\ng = make()", "assert g(4) == 10"),
    Kind("empty cell", "def make():\n    def f(): return later\n    if False: later = 1\n    return f\ng = make()", "try:\n    g()\nexcept NameError: pass\nelse: raise AssertionError"),
    Kind("decorated", "import functools\ndef d(f):\n    @functools.wraps(f)\n    def w(*a): return f(*a) + 1\n    return w\n@d\ndef g(x): return x", "assert g(1) == 2 and g.__wrapped__(1) == 1 and g.__name__ == 'g'"),
    Kind("generator function", "def g():\n    yield from range(3)\nasync def co(): return 1", "assert list(g()) == [0, 1, 2]"),
    Kind("lru_cache", "import functools\n@functools.lru_cache(maxsize=3)\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)", "assert fib(50) == 12586269025 and fib.cache_parameters()['maxsize'] == 3"),
    Kind("singledispatch", "import functools\n@functools.singledispatch\ndef f(x): return 'any'\n@f.register(int)\ndef _int(x): return 'int'", "assert f(1) == 'int' and f('') == 'any'"),
    Kind("partial and methods", "import functools, operator\nl = []\np = functools.partial(int, base=2); a = l.append; g = operator.itemgetter(1)", "a(3); assert l == [3] and p('11') == 3 and g([1, 2]) == 2"),
    Kind("class", "class A:\n    n = 1\n    def m(self): return self\nx = A(); y = A(); x.v = [1]", "assert type(x) is A and type(y) is A and x.m() is x and x.v == [1] and isinstance(y, A)"),
    Kind("class in itself", "class A: pass\nA.default = A(); d = A.default", "assert A.default is d and type(d) is A"),
    Kind("classes in a circle", "class A: pass\nclass B: pass\nA.b = B; B.a = A; x = A()", "assert A.b is B and B.a is A and type(x) is A"),
    Kind("inheritance", "class A:\n    def m(self): return 'a'\nclass B(A):\n    def m(self): return super().m() + 'b'\nb = B()", "assert b.m() == 'ab' and isinstance(b, A) and B.__mro__[1] is A"),
    Kind("state that needs the cells' names", "class A:\n    def __getstate__(self): return 1\n    def __setstate__(self, s): self.v = helper(LIMITS[0]); self.m = math.pi\na = A()\nimport math\ndef helper(x): return x + 1\nLIMITS = [5]", "assert a.v == 6 and a.m == math.pi"),
    Kind("enum with init", "import enum\nclass P(enum.Enum):\n    E = (1, 2)\n    def __init__(self, m, r): self.m, self.r = m, r\nclass S(str, enum.Enum):\n    A = 'a'\nclass F(enum.IntFlag):\n    R = 4\n    W = 2\nclass Auto(enum.Enum):\n    X = enum.auto()\ne, s, f, x = P.E, S.A, F.R | F.W, Auto.X", "assert e is P.E and (e.m, e.r, e.value) == (1, 2, (1, 2)) and s is S.A == 'a' and f == 6 and x is Auto.X"),
    Kind("typing", "import typing as t\nclass TD(t.TypedDict):\n    x: int\nclass P(t.Protocol):\n    def m(self) -> int: ...\nU = t.NewType('U', int); L = t.Literal['a']; d: TD = {'x': 1}", "assert TD(x=1) == d and U(3) == 3 and TD.__annotations__ == {'x': int} and U.__name__ == 'U' and L == t.Literal['a']"),
    Kind("chain", "class N:\n    def __init__(self, n): self.n = n\nhead = None\nfor _ in range(300): head = N(head)", "count = 0\nwhile head: head = head.n; count += 1\nassert count == 300"),
    Kind("long chains", "class N:\n    def __init__(self, n): self.n = n\nclass S:\n    __slots__ = ('n', 'd')\nhead = None\nnodes = []\nfor i in range(20_000):\n    head = N(head); nodes.append(head)\ns = None\nfor i in range(5_000):\n    new = S(); new.n = s; new.d = {'i': [i]}; s = new\nl = []\nfor _ in range(50_000): l = [l]\nmid = nodes[9]", "assert nodes[-1] is head and nodes[9] is mid\ncount = 0\nwhile head: head = head.n; count += 1\nassert count == 20_000 and s.n.d == {'i': [4998]} and not hasattr(s, '__dict__')\ndepth = 0\nwhile l: l = l[0]; depth += 1\nassert depth == 50_000"),
    Kind("hooks that ran", "seen = []\nclass Meta(type):\n    def __init__(cls, *a, **k): seen.append(cls.__name__)\nclass Base:\n    def __init_subclass__(cls, *, key): seen.append(key)\nclass A(metaclass=Meta): pass\nclass B(Base, key='b'): pass\nb = B()", "assert seen == ['A', 'b'] and type(A) is Meta and isinstance(b, Base) and B.__bases__ == (Base,)\ntry:\n    class C(Base): pass\nexcept TypeError: pass\nelse: raise AssertionError"),
    Kind("nested class and mangled slots", "class A:\n    class B:\n        __slots__ = ('__p',)\n        def set(self): self.__p = 1\n        def get(self): return self.__p\nb = A.B(); b.set()", "assert b.get() == 1 and type(b) is A.B and A.B.__qualname__ == 'A.B'"),
    Kind("class without a name", "def make():\n    class L: pass\n    return L(), L()\nx, y = make()", "assert type(x) is type(y)"),
    Kind("shared class attribute", "class A:\n    seen = []\nseen = A.seen; x = A()", "x.seen.append(1); assert seen == [1] and A.seen is seen"),
    Kind("slots", "class A:\n    __slots__ = ('p', 'q')\na = A(); a.p = 1", "assert a.p == 1 and not hasattr(a, 'q') and not hasattr(a, '__dict__')"),
    Kind("properties", "import functools\nclass A:\n    @property\n    def p(self): return 1\n    @functools.cached_property\n    def c(self): return []\n    @classmethod\n    def k(cls): return cls\n    @staticmethod\n    def s(): return 2\na = A()", "assert a.p == 1 and a.c is a.c and A.k() is A and a.s() == 2"),
    Kind("metaclass and abstract", "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def m(self): ...\nclass B(A):\n    def m(self): return 1\nb = B()", "assert isinstance(b, A) and b.m() == 1\ntry: A()\nexcept TypeError: pass\nelse: raise AssertionError"),
    Kind("dataclass", "import dataclasses\n@dataclasses.dataclass(frozen=True, order=True)\nclass D:\n    x: int\n    y: list = dataclasses.field(default_factory=list)\nd = D(1)", "assert d == D(1) and d < D(2) and dataclasses.replace(d, x=2).x == 2 and hash(D(1, ())) == hash(D(1, ()))"),
    Kind("enum with aliases", "import enum\nclass C(enum.Enum):\n    RED = 1\n    ROT = 1\nclass F(enum.Flag):\n    R = 1\n    W = 2\n    RW = 3\nr = C.RED; rw = F.RW; d = {C.RED: 1}", "assert r is C.RED is C['ROT'] is C.ROT and rw is F.R | F.W and d[C.RED] == 1 and C(1) is r"),
    Kind("namedtuple", "import collections, typing\nP = collections.namedtuple('P', 'x y', defaults=[2])\nclass Q(typing.NamedTuple):\n    z: int = 3\np, q = P(1), Q()", "assert p == P(1, 2) and isinstance(p, P) and p.y == 2 and q.z == 3 and p._replace(x=5).x == 5"),
    Kind("generic class", "import typing\nT = typing.TypeVar('T')\nclass Box(typing.Generic[T]):\n    def __init__(self, v): self.v = v\nb = Box[int](1); t = dict[str, list[int]]", "assert isinstance(b, Box) and b.v == 1 and t == dict[str, list[int]]"),
    Kind("node with a hash", "class N:\n    def __init__(self, v): self.v = v\n    def __hash__(self): return hash(self.v)\n    def __eq__(self, o): return self.v == o.v\na = N(1); l = [a]; d = {a: 'x'}", "assert l[0] is a and d[a] == 'x' and next(iter(d)) is a"),
    Kind("exceptions", "class E(Exception):\n    def __init__(self, a, b): super().__init__('message'); self.a, self.b = a, b\ntry:\n    try: 1 / 0\n    except ZeroDivisionError as z: raise E(1, 2) from z\nexcept E as e: kept = e", "assert str(kept) == 'message' and (kept.a, kept.b) == (1, 2) and isinstance(kept.__cause__, ZeroDivisionError)"),
    Kind("os errors", "try: open('/no/such/file')\nexcept OSError as e: kept = e\nk = KeyError('k')", "assert kept.errno == 2 and kept.filename == '/no/such/file' and isinstance(kept, FileNotFoundError) and k.args == ('k',)"),
    Kind("collections", "import collections\no = collections.OrderedDict(b=1, a=2); d = collections.defaultdict(list, x=[1]); q = collections.deque([1], 3); c = collections.Counter('aab'); m = collections.ChainMap({1: 2}, o)", "assert list(o) == ['b', 'a'] and d['new'] == [] and q.maxlen == 3 and c['a'] == 2 and m.maps[1] is o"),
    Kind("dict views", "d = {1: 2}; k, v, i = d.keys(), d.values(), d.items()", "d[3] = 4; assert list(k) == [1, 3] and list(v) == [2, 4] and len(i) == 2"),
    Kind("mapping proxy", "import types\nd = {1: 2}; p = types.MappingProxyType(d)", "d[3] = 4; assert p[3] == 4"),
    Kind("iterators", "l = [1, 2, 3]; i = iter(l); next(i); e = enumerate(l); z = zip(l, 'abc'); m = map(str, l)", "assert list(i) == [2, 3] and list(e)[0] == (0, 1) and list(z)[1] == (2, 'b') and list(m) == ['1', '2', '3']"),
    Kind("weak references", "import weakref\nclass A: pass\na = A(); r = weakref.ref(a); w = weakref.WeakKeyDictionary({a: 1}); s = weakref.WeakSet([a]); v = weakref.WeakValueDictionary(k=a)", "assert r() is a and w[a] == 1 and a in s and v['k'] is a"),
    Kind("dead weak reference", "import weakref\nclass A: pass\nr = weakref.ref(A())", "assert r() is None"),
    Kind("dates", "import datetime as dt, zoneinfo\nd = dt.datetime(2020, 1, 2, tzinfo=dt.timezone.utc); t = dt.timedelta(1)", "assert d + t == dt.datetime(2020, 1, 3, tzinfo=dt.timezone.utc)"),
    Kind("numbers", "import decimal, fractions\nd = decimal.Decimal('0.1'); f = fractions.Fraction(1, 3)", "assert str(d) == '0.1' and f * 3 == 1"),
    Kind("pattern, path, uuid", "import re, pathlib, uuid\np = re.compile('a+', re.I); q = pathlib.Path('/tmp'); u = uuid.UUID(int=5)", "assert p.match('AA') and q.name == 'tmp' and u.int == 5"),
    Kind("random generators", "import random\nr = random.Random(1); shared = random.random; r.random(); n = random.Random(1); n.random(); n = n.random()", "assert r.random() == n and shared.__self__ is random.random.__self__"),
    Kind("text and byte buffers", "import io\ns = io.StringIO('ab'); s.read(1); b = io.BytesIO(b'xy')", "assert s.read() == 'b' and b.getvalue() == b'xy'"),
    Kind("modules", "import os.path as p, xml.dom.minidom, json as j, collections.abc", "assert p.join('a', 'b') and xml.dom.minidom.parseString('<a/>') and j.dumps(1) == '1'"),
    Kind("module made by hand", "import types\nm = types.ModuleType('by_hand'); m.x = [1]", "assert m.x == [1] and m.__name__ == 'by_hand'"),
    Kind("module in a list", "import math\nl = [math]", "assert l[0] is math"),
    Kind("code object", "c = compile('1 + 1', 'x', 'eval')", "assert eval(c) == 2"),
    Kind("standard streams", "import sys\nout = sys.stdout; l = [sys.stderr]", "assert out is sys.stdout and l[0] is sys.stderr"),
    Kind("its own namespace", "g = globals(); l = [g]", "assert g is globals() and l[0] is g"),
    Kind("logger", "import logging\nlog = logging.getLogger('zoo')", "assert log is logging.getLogger('zoo')"),
    Kind("simple namespace", "import types\nn = types.SimpleNamespace(a=1)", "assert n.a == 1"),
    Kind("own getstate", "class A:\n    def __getstate__(self):\n        print('saving')\n        return {'x': 2}\na = A()", "assert a.x == 2"),
    Kind("own reduce", "class A:\n    def __init__(self, x): self.x = x\n    def __reduce__(self): return A, (self.x + 1,)\na = A(1)", "assert a.x == 2"),
    Kind("subclasses of builtins", "class L(list): pass\nclass D(dict):\n    def __missing__(self, k): return k\nclass S(str): pass\nl = L([1]); l.tag = 'x'; d = D(a=1); s = S('s'); s.t = l", "assert l == [1] and l.tag == 'x' and d['zz'] == 'zz' and s == 's' and s.t is l"),
    Kind("asyncio primitives", "import asyncio\nq = asyncio.Queue(); q.put_nowait(1)", "assert q.get_nowait() == 1"),
    Kind("array", "import array\na = array.array('d', [1, 2])", "assert list(a) == [1, 2]"),
    Kind("ctypes value", "import ctypes\ni = ctypes.c_int(3)", "assert i.value == 3"),
    Kind("string template and argparse", "import argparse, string\nn = argparse.Namespace(a=1); t = string.Template('$a')\nparser = argparse.ArgumentParser(); parser.add_argument('--x', type=int)", "assert n.a == 1 and t.substitute(a=1) == '1' and parser.parse_args(['--x', '3']).x == 3"),
    Kind("type parameters", "class Box[T]:\n    v: T\ndef first[T](x: list[T]) -> T: return x[0]\ntype Pair[A] = tuple[A, A]\nb = Box()", "assert first([1]) == 1 and type(b) is Box", since=(3, 12)),
    Kind("template strings", "n = 5\nt = t'{n!r:>3} there'\ni = t.interpolations[0]", "assert t.strings == ('', ' there') and t.interpolations[0] is i and (i.value, i.conversion, i.format_spec) == (5, 'r', '>3')", since=(3, 14)),
    Kind("annotations made late", "class A:\n    class B: pass\n    b: B\n    c: Later\n    def m(self, b: B, c: Later): pass\ndef f(a: A, c: Later): pass", "Later = int\nassert A.__annotations__ == A.m.__annotations__ == {'b': A.B, 'c': int} and f.__annotations__ == {'a': A, 'c': int}", since=(3, 14)),
    Kind("numpy arrays", "import numpy as np\na = np.arange(10.); b = a[::2]; c = b.reshape(5, 1).T; d = a[::-1]; e = a", "assert e is a\na[0] = 9\nassert b[0] == 9 and c[0, 0] == 9 and d[-1] == 9 and b.base is a and a.flags.owndata", "numpy"),
    Kind("numpy without its base", "import numpy as np\nx = np.arange(6).reshape(2, 3); y = x.T; r = x[0]", "x[0, 0] = 5\nassert y[0, 0] == 5 and r[0] == 5 and y.shape == (3, 2) and y.flags.f_contiguous", "numpy"),
    Kind("numpy dtypes", "import numpy as np\nf = np.asfortranarray(np.arange(6.).reshape(2, 3)); t = np.array(['2020-01-01'], 'M8[D]'); s = np.array([(1, 2.)], [('a', 'i4'), ('b', 'f8')]); v = s['b']; u = np.array(['é', 'b']); z = np.array(5); e = np.empty((0, 3)); o = np.array([[1], 'x', None], dtype=object); ob = o[1:]; k = np.array([True]); i = np.int64(3)", "assert f.flags.f_contiguous and f[1, 2] == 5 and str(t[0]) == '2020-01-01' and u[0] == 'é' and z == 5 and e.shape == (0, 3) and i == 3 and type(i) is np.int64\ns['b'] = 7\nassert v[0] == 7\no[1] = 'y'\nassert ob[0] == 'y' and o[0] == [1] and bool(k[0])", "numpy"),
    Kind("numpy read-only and broadcast", "import numpy as np\na = np.arange(3); a.flags.writeable = False; b = np.broadcast_to(np.arange(3), (2, 3)); g = np.arange(2000.)", "assert not a.flags.writeable and not b.flags.writeable and b.strides[0] == 0 and (b == [[0, 1, 2]] * 2).all()\ng[0] = 1; g.resize((4000,), refcheck=False)", "numpy"),
    Kind("numpy on other memory", "import numpy as np\nba = bytearray(16); a = np.frombuffer(ba, 'u1'); m = np.matrix([[1, 2]]); ma = np.ma.array([1, 2], mask=[0, 1]); rec = np.rec.array([(1, 'a')], names='x,y')", "ba[0] = 7\nassert a[0] == 7 and m.shape == (1, 2) and type(m) is np.matrix and ma.sum() == 1 and rec.x[0] == 1", "numpy"),
    Kind("numpy large", "import numpy as np\na = np.zeros(5_000_000); b = a[10:]; l = [a]", "a[10] = 1\nassert b[0] == 1 and l[0] is a and a.flags.writeable", "numpy"),
    Kind("numpy generators", "import numpy as np\nr = np.random.default_rng(1); r.random(); n = np.random.default_rng(1); n.random(); n = n.random(); bg = r.bit_generator; rand = np.random.rand; rs = np.random.RandomState(1)", "assert r.random() == n and r.bit_generator is bg and rand.__self__ is np.random.mtrand._rand", "numpy"),
    Kind("data frames", "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': ['x', None], 'c': pd.to_datetime(['2020', '2021']), 'd': pd.Categorical(['u', 'v'])}); s = df['a']; same = df; head = df.head(1); g = df.set_index('a')", "assert same is df and df.shape == (2, 4) and str(df.c.dt.year[1]) == '2021' and df.d.cat.categories[0] == 'u'\ndf.loc[0, 'a'] = 99\nassert s[0] == 1 and head.a[0] == 1 and g.index[0] == 1", "pandas"),
    Kind("frame of objects", "import pandas as pd\nl = [1]\nclass A: pass\nx = A()\ndf = pd.DataFrame({'o': [l, x]}); i = pd.Index(['a', 'b']); m = pd.MultiIndex.from_product([[1], ['a', 'b']]); p = pd.period_range('2020', periods=2, freq='D'); iv = pd.interval_range(0, 2)", "assert df.o[0] is l and df.o[1] is x and list(i) == ['a', 'b'] and m[1] == (1, 'b') and len(p) == 2 and 0.5 in iv[0]", "pandas"),
    Kind("figures", "import matplotlib; matplotlib.use('agg')\nimport matplotlib.pyplot as plt\nfig, ax = plt.subplots(); line, = ax.plot([1, 2]); plt.close('all')", "assert ax.figure is fig and line.axes is ax and fig.axes[0] is ax\nimport io; fig.savefig(io.BytesIO())", "matplotlib"),
]

# each makes `x`, which must be refused with these words in the reason, while `good` and `holder_of_good` are saved
REFUSED = [
    ("x = __import__('threading').Lock()", "a lock cannot be saved"),
    ("x = __import__('threading').RLock()", "a lock cannot be saved"),
    ("x = [good, __import__('threading').Lock()]", "it holds a lock, which cannot be saved"),
    ("x = __import__('threading').Condition()", "lock"),
    ("x = __import__('threading').Thread(target=print)", "a thread"),
    ("x = __import__('threading').local()", "one thread"),
    ("x = open(__file__)", "an open file cannot be saved"),
    ("x = open(__file__, 'rb')", "an open file cannot be saved"),
    ("x = {'f': open('/dev/null', 'w')}", "it holds an open file, which cannot be saved"),
    ("x = __import__('tempfile').NamedTemporaryFile()", "file"),
    ("x = __import__('tempfile').TemporaryDirectory()", "temporary folder"),
    ("x = __import__('socket').socket()", "an open socket cannot be saved"),
    ("x = __import__('ssl').create_default_context()", "TLS"),
    ("x = __import__('sqlite3').connect(':memory:')", "database connection"),
    ("x = __import__('subprocess').Popen(['true']); x.wait()", "a running process"),
    ("x = __import__('multiprocessing').get_context('spawn').Process(target=print)", "process"),
    ("x = __import__('multiprocessing').Pipe()[0]", "connection"),
    ("x = __import__('multiprocessing').Queue()", "queue"),
    ("x = __import__('concurrent.futures').futures.ThreadPoolExecutor()", "pool"),
    ("x = __import__('queue').Queue()", "queue"),
    ("x = (i for i in good)", "a generator cannot be saved in the middle of its work"),
    ("x = [map(str, (i for i in good))]", "generator"),
    ("async def co(): pass\nx = co()\nx.close()", "coroutine"),
    ("x = memoryview(b'abc')", "memoryview"),
    ("x = __import__('mmap').mmap(-1, 10)", "mapped into memory"),
    ("x = __import__('sys')._getframe()", "frame"),
    ("try: 1 / 0\nexcept ZeroDivisionError as e: x = e.__traceback__", "traceback"),
    ("x = __import__('contextvars').ContextVar('v')", "context variable"),
    ("x = __import__('asyncio').new_event_loop()\nx.close()", "event loop"),
    ("x = __import__('csv').reader([])", "CSV reader"),
    ("x = __import__('weakref').ref(print.__class__, print)", "weak reference with a callback"),
    ("x = __import__('os').scandir('.')\nx.close()", "folder that is being read"),
    ("x = ()\nfor _ in range(100_000): x = (x,)", "nested too deeply"),
    ("class X:\n    def __reduce__(self): raise ValueError('no way')\nx = X()", "saving it failed with ValueError: no way"),
    ("class X:\n    def __reduce__(self): raise SystemExit(3)\nx = X()", "SystemExit"),
    ("class X:\n    def __reduce__(self): __import__('sys').exit('bye')\nx = X()", "bye"),
    ("class X:\n    def __reduce__(self): raise KeyboardInterrupt\nx = X()", "interrupted"),
    ("class X:\n    def __reduce__(self): raise OSError(28, 'No space left')\nx = X()", "No space left"),
    ("class X:\n    def __reduce__(self): return 5\nx = X()", "saving it failed with"),
    ("class X:\n    def __reduce__(self): return 'nothing of that name'\nx = X()", "saving it failed with"),
    ("class X:\n    def __reduce__(self): return (1, 2, 3)\nx = X()", "saving it failed with"),
    ("class E(BaseException):\n    def __str__(self): raise self\nclass X:\n    def __getstate__(self): raise E\nx = X()", "saving it failed with E"),
    ("class X:\n    lock = __import__('threading').Lock()\nx = X()", "its class X cannot be saved: it holds a lock"),
]

# fmt: on


def save_all(folder: Path) -> dict[str, object]:
    from engine.worker import snapshot

    results: dict[str, object] = {}
    for number, kind in enumerate(usable()):
        namespace = _fresh_namespace()
        _run(kind.made, namespace)
        path = folder / f"{number}.capsule"
        rows, size_bytes = snapshot.save(namespace=namespace, path=path, name=kind.name)
        results[kind.name] = {row.name: row.reason for row in rows if row.outcome != "saved"}
        assert path.stat().st_size == size_bytes
    return results


def load_all(folder: Path) -> dict[str, object]:
    from engine.worker import snapshot

    results: dict[str, object] = {}
    for number, kind in enumerate(usable()):
        namespace = _fresh_namespace()
        path = folder / f"{number}.capsule"
        payload = path.read_bytes()
        rows, _ = snapshot.load(
            namespace=namespace,
            path=path,
            sha256=hashlib.sha256(payload).digest(),
            payload_bytes=len(payload),
            clear_existing=False,
        )
        problem = {row.name: row.reason for row in rows if row.outcome != "restored"}
        try:
            _run(kind.holds, namespace)
        except BaseException:
            results[kind.name] = [problem, traceback.format_exc()]
        else:
            results[kind.name] = problem
    return results


def refuse_all(folder: Path) -> dict[str, object]:
    from engine.worker import snapshot

    results: dict[str, object] = {}
    for made, _ in REFUSED:
        namespace = _fresh_namespace()
        _run("good = [1]; holder_of_good = {'g': good}\n" + made, namespace)
        rows, _ = snapshot.save(namespace=namespace, path=folder / "refused.capsule", name="")
        results[made] = {row.name: row.reason for row in rows}
    return results


def usable() -> list[Kind]:
    """The kinds whose libraries are there, and whose syntax this Python has."""
    from importlib.util import find_spec

    return [
        kind
        for kind in SAVED
        if sys.version_info >= kind.since and all(find_spec(library) for library in kind.needs.split())
    ]


def _run(source: str, namespace: dict[str, object]) -> None:
    """As a cell, without this module's own __future__ imports."""
    exec(compile(source, "<cell>", "exec", dont_inherit=True), namespace)


def _fresh_namespace() -> dict[str, object]:
    """A new __main__, as a worker has it; the old one's dict is let go of."""
    module = types.ModuleType("__main__")
    module.__file__ = __file__
    sys.modules["__main__"] = module
    return vars(module)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    work = {"save": save_all, "load": load_all, "refuse": refuse_all}[sys.argv[1]]
    found = json.dumps(work(Path(sys.argv[2])), ensure_ascii=True, default=str)
    print(f"\n{found}")
    sys.stdout.flush()

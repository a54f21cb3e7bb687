import sys
sys.path.insert(0,'/work/main/tests/simulation')
import pytest, world
from conftest import *
from test_simulated_month import *
from test_simulated_month import live
W=world.World
_any=W._any
def rename(self):
    ok=[f for f in self.there() if not any(x.ours() for x in f.files) and not any(f.number==n for n,_ in self.refused_films)]
    self._any=lambda: self.rng.choice(ok) if ok else None
    try: R(self)
    finally: del self._any
R=W.rename; W.rename=rename
def replace(self):
    ok=[f for f in self.there() if not f.files[0].ours()]
    self._any=lambda: self.rng.choice(ok) if ok else None
    try: M(self)
    finally: del self._any
M=W.replace_media; W.replace_media=replace
from dataclasses import replace as r
@pytest.mark.timeout(900)
@pytest.mark.parametrize("plot",[*BUSY, MONTH])
def test_adhoc(live,tmp_path,plot):
    assert_all_went_well(live(plot),tmp_path)

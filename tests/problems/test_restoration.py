"""Noisy pictures in, clean ones out."""

import numpy as np
import pytest

from caselab import architectures, cases
from caselab.data.pictures import as_text, from_text
from caselab.params import PipelineBlock
from caselab.problems.restoration import problem
from tests import toys


@pytest.fixture(scope="module")
def rows():
    return toys.rows("restoration", "pictures")


def answers(rows, **settings):
    block = PipelineBlock(case="images_denoised", view="images_denoised-pictures", **settings)
    pipeline = architectures.build(block, "pictures", "restoration", 0, 1).fit(rows.X, rows.y)
    return problem.answer(pipeline, rows.asked)


def test_the_baseline_s_score_is_that_before_anything_is_done(rows):
    found = answers(rows, architecture="baseline")
    assert found["picture"].tolist() == [as_text(each) for each in rows.asked]
    assert (found["removed"] == 0).all()
    assert problem.decide(found, None, {}).unique().tolist() == ["changed by 0.0 levels"]


def test_what_knows_the_clean_ones_does_better(rows):
    case = cases.load("images_denoised")
    before = problem.score(rows.asked_y, answers(rows, architecture="baseline"), case)
    found = answers(rows, architecture="pca", model={"n_codes": 8})
    after = problem.score(rows.asked_y, found, case)
    assert after["psnr"] > before["psnr"] + 2
    assert after["ssim"] > before["ssim"]
    assert after["rmse"] < before["rmse"]
    changes = np.stack([from_text(text) for text in found["picture"]]).astype(float) - rows.asked
    np.testing.assert_allclose(found["removed"], np.sqrt((changes**2).mean(axis=(1, 2))))

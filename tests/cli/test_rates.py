"""How success rates are printed, from results worked by hand."""

from visual_erm.bench.hacks import Result
from visual_erm.cli.rates import print_rates

ROWS = [
    ("visual", "blank_figure", "source", "chart", 0.1, (0.5, 0.7)),
    ("ssim", "blank_figure", "source", "chart", 0.6, (0.5, 0.7)),
    ("ssim", "noise", "source", "table", None, (0.5,)),
    ("visual", "coarse", "picture", "svg", 0.5, (0.25,)),
]


def test_each_kind_of_attack_has_a_table_of_the_rewards_that_it_is_for(capsys):
    results = [
        Result(reward, attack, level, task, f"{task}/x", value, honest)
        for reward, attack, level, task, value, honest in ROWS
    ]
    print_rates(results, ["visual", "ssim", "teds"], 3)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "chart, by source, % visual ssim" in lines
    assert "blank_figure 0 50" in lines
    assert "by picture, % visual" in lines
    assert "coarse 100" in lines
    assert "visual 0.0 [0.0, 79.3] of 1 100.0 [20.7, 100.0] of 1" in lines
    assert "teds - -" in lines
    assert "visual pays coarse at svg/x 0.500, honest attempts 0.250" in lines

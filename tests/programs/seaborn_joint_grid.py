# expect: file out.png
import numpy as np
import seaborn as sns

rng = np.random.default_rng(1)
grid = sns.jointplot(x=rng.normal(size=80), y=rng.normal(size=80), kind="reg", height=4, joint_kws={"seed": 0})
grid.figure.savefig("out.png")

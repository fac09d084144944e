# expect: file out.png
import csv
import json
import os

import matplotlib.pyplot as plt
import pandas as pd

with open("data.csv", "w", newline="") as f:
    writer = csv.writer(f)
    writer.writerow(["x", "y"])
    writer.writerows([[1, 2], [2, 4], [3, 3]])
df = pd.read_csv("data.csv")
df.to_csv("again.csv", index=False)
df = pd.read_csv("again.csv")
with open("data.json", "w") as f:
    json.dump(df.to_dict("list"), f)
with open("data.json") as f:
    values = json.load(f)
assert os.path.isfile("data.csv") and "data.csv" in os.listdir(".")
plt.plot(values["x"], values["y"])
plt.savefig("out.png")
os.remove("data.csv")
assert not os.path.exists("data.csv")

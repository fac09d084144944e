# expect: fault network
import seaborn as sns

tips = sns.load_dataset("tips")
sns.boxplot(data=tips, x="day", y="tip").figure.savefig("out.png")

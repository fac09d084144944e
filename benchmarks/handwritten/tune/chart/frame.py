import pandas as pd, matplotlib.pyplot as plt
d=pd.DataFrame({'apples':[12,15,9,20],'pears':[7,8,12,6],'plums':[3,9,14,11]},index=['Q1','Q2','Q3','Q4'])
fig,axs=plt.subplots(1,3,figsize=(9,3.3),sharey=True)
d.plot.bar(ax=axs[0],legend=False,rot=0,title='grouped'); d.plot.bar(ax=axs[1],stacked=True,legend=False,rot=0,title='stacked'); d.plot(ax=axs[2],marker='o',title='trend')
axs[0].set_ylabel('tonnes'); axs[0].set_ylim(0,42); axs[2].set_xticks(range(4)); axs[2].set_xticklabels(d.index)
fig.tight_layout()

import numpy as np, matplotlib.pyplot as plt
n=np.arange(24); h=0.9**n*np.cos(.5*n); g=np.where(n<12,1-n/12,0)
fig,(a,b)=plt.subplots(2,1,sharex=True,figsize=(6,4.6))
a.stem(n,h,linefmt='C0-',markerfmt='C0o',basefmt='k-'); a.set_title('(a) damped cosine',loc='left')
b.stem(n,g,linefmt='C2-',markerfmt='C2D',basefmt='k-'); b.set_title('(b) ramp',loc='left')
a.set_ylabel('h[n]'); b.set_ylabel('g[n]'); b.set_xlabel('sample n'); a.set_ylim(-1,1.2); b.set_ylim(-.2,1.2)
for x in (a,b): x.grid(alpha=.3)
fig.tight_layout()

import numpy as np, matplotlib.pyplot as plt
o=[50,52,51,54,56,55,53,54,57,58,56,55,57,60,61,59,58,60,62,63]
c=[52,51,54,56,55,53,54,57,58,56,55,57,60,61,59,58,60,62,63,61]
h=[53,53,55,57,58,56,55,58,60,59,57,58,61,63,62,60,61,63,65,64]; l=[49,50,50,53,54,52,51,53,56,55,53,54,56,59,58,56,57,59,61,60]
v=[5,4,6,8,5,7,4,6,7,6,5,5,8,9,7,6,5,6,7,8]
fig,(a,b)=plt.subplots(2,1,sharex=True,figsize=(7,4.6),gridspec_kw=dict(height_ratios=[3,1],hspace=.06))
for i in range(20):
    k='#2e8b57' if c[i]>=o[i] else '#b22222'
    a.plot([i,i],[l[i],h[i]],color=k,lw=1); a.bar(i,abs(c[i]-o[i]),.6,bottom=min(o[i],c[i]),color=k); b.bar(i,v[i],.6,color=k)
a.plot(range(4,20),[np.mean(c[i-4:i+1]) for i in range(4,20)],color='royalblue',lw=1.6,label='5-day mean')
a.legend(loc='upper left'); a.set_ylabel('price ($)'); b.set_ylabel('volume (k)'); b.set_xlabel('trading day'); a.set_ylim(47,67); b.set_ylim(0,10)
a.set_title('QZX'); a.grid(alpha=.3)

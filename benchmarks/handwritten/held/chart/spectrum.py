import numpy as np, matplotlib.pyplot as plt, scipy.signal as sg
rng=np.random.default_rng(2); fs=2000; t=np.arange(0,4,1/fs)
x=sg.chirp(t,80,4,700)*(t<3)+.8*np.sin(2*np.pi*400*t)*((t>1.5)&(t<2.5))+.05*rng.normal(size=len(t))
fig,(a,b)=plt.subplots(2,1,figsize=(6.6,4.8),sharex=True,gridspec_kw=dict(height_ratios=[1,2]))
a.plot(t,x,lw=.5,color='C0'); a.set_ylabel('signal (V)'); a.set_ylim(-2.2,2.2)
P,f,tt,im=b.specgram(x,NFFT=256,Fs=fs,noverlap=192,cmap='magma',vmin=-90,vmax=-20)
b.set_ylabel('frequency (Hz)'); b.set_xlabel('time (s)'); b.set_xlim(0,4)
b.annotate('400 Hz tone',xy=(2,410),xytext=(.3,720),color='w',arrowprops=dict(arrowstyle='->',color='w'))
fig.tight_layout(); fig.colorbar(im,ax=[a,b],label='dB')

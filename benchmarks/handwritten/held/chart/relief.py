import numpy as np, matplotlib.pyplot as plt
x=np.linspace(-4,4,45); X,Y=np.meshgrid(x,x); R=np.hypot(X,Y)+1e-9; Z=np.sin(2*R)/R
fig=plt.figure(figsize=(6.4,4.8)); ax=fig.add_subplot(projection='3d')
s=ax.plot_surface(X,Y,Z,cmap='coolwarm',rstride=1,cstride=1,lw=0,antialiased=False)
ax.contour(X,Y,Z,zdir='z',offset=-2,cmap='coolwarm')
ax.set_zlim(-2,2); ax.set_xlabel('x'); ax.set_ylabel('y'); ax.set_zlabel('amplitude'); ax.view_init(28,-55)
fig.colorbar(s,shrink=.6,pad=.1); ax.set_title('Ripple')

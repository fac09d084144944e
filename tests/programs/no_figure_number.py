# expect: file out.png
from pylab import *

x = arange(0, 5, 0.1)
plot(x, sin(x))
xlabel("x")
grid(True)
savefig("out.png")

# expect: fault syntax_error
%matplotlib inline
import matplotlib.pyplot as plt
plt.plot([1, 2])

import numpy as np
import matplotlib.pyplot as plt
dose = [0, 1, 2, 5, 10, 20]
resp = [4.8, 9.9, 17.2, 33.5, 51.0, 58.7]
err = [1.0, 1.8, 2.9, 3.8, 4.4, 5.1]
plt.figure(figsize=(6, 4))
plt.errorbar(dose, resp, yerr=err, fmt='s-', capsize=4, color='darkgreen', ecolor='gray')
plt.xlabel('Dose (mg)'); plt.ylabel('Response (%)')
plt.title('Dose response')
plt.ylim(0, 70)
plt.tight_layout(); plt.show()

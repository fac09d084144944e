# expect: same explicit_agg
import matplotlib.pyplot as plt
from matplotlib.backends.backend_pdf import PdfPages

with PdfPages("book.pdf") as pdf:
    plt.figure()
    plt.plot([1, 2])
    pdf.savefig()
    plt.close()
    fig, ax = plt.subplots()
    ax.scatter([1, 2, 3], [3, 1, 2], c=[1, 2, 3], s=200)
    pdf.savefig(fig)
    plt.close(fig)
    pdf.infodict()["Title"] = "Book"

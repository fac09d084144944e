# expect: fault no_figure
print("hello")

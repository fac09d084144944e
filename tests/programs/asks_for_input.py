# expect: fault exception
n = int(input("how many? "))

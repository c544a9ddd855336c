#compdef wirectl
# zsh completion for wirectl: source <(wirectl completion zsh), after compinit

_wirectl() {
	local -a values descriptions typed
	local line value files=0
	typed=("${(@Q)words[2,CURRENT]}")
	typed[-1]="${typed[-1]#[\'\"]}" # a quotation mark that is still open
	for line in "${(@f)$(wirectl __complete -- "${(@)typed}" 2>/dev/null)}"; do
		if [[ $line == :files ]]; then
			files=1
			continue
		fi
		[[ -n $line ]] || continue
		value=${line%%$'\t'*}
		values+=("$value")
		if [[ $line == *$'\t'* ]]; then
			descriptions+=("$value  -- ${line#*$'\t'}")
		else
			descriptions+=("$value")
		fi
	done
	if ((${#values})); then
		compadd -l -d descriptions -a values
	fi
	if ((files)); then
		_files
	fi
}

if [[ $funcstack[1] == _wirectl ]]; then
	_wirectl "$@"
else
	compdef _wirectl wirectl
fi
